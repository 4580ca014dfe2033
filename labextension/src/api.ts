import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { apiUrl, errorOf, type IServer, request, requestAPI } from './request';
import type {
  ArtifactList,
  Claim,
  ClaimList,
  ClaimPatch,
  DeterminismValidation,
  Doctor,
  ExtractRequest,
  NotebookUpdate,
  Paper,
  PaperCreated,
  PaperList,
  PaperUsage,
  Plan,
  PlanAssets,
  PlanImport,
  PlanList,
  PlanRequest,
  Report,
  Run,
  RunDeletionResult,
  RunList,
  RunTrace,
  Storage,
  StorageKey,
  StorageRemoval,
  Storyboard
} from './schemas';
import { followEvents, type IFollowOptions, type IReadOptions, readStream } from './sse';
import type { INotebook } from './userFiles';

export type Following = Omit<IFollowOptions, 'server' | 'path' | 'method' | 'body'>;

export type EvidenceView = 'region' | 'page';

export interface IContract {
  components: { schemas: Record<string, object> };
}

export type ReportForm = 'json' | 'md' | 'html' | 'crate.zip';

/** The REST API of DESIGN section 3, one function a route; the panel talks to nothing else. */
export class Api implements IServer {
  constructor(
    readonly settings: ServerConnection.ISettings,
    readonly trans: TranslationBundle
  ) {}

  papers = async () => (await this._get<PaperList>('papers')).papers;
  paper = (id: string) => this._get<Paper>(`papers/${segment(id)}`);
  claims = (paperId: string) => this._get<ClaimList>(`papers/${segment(paperId)}/claims`);
  usage = (paperId: string) => this._get<PaperUsage>(`papers/${segment(paperId)}/usage`);
  plans = async (paperId: string) =>
    (await this._get<PlanList>(`papers/${segment(paperId)}/plans`)).plans;
  planAssets = (planId: string) => this._get<PlanAssets>(`plans/${segment(planId)}/assets`);
  run = (runId: string) => this._get<Run>(`runs/${segment(runId)}`);
  artifacts = (runId: string) => this._get<ArtifactList>(`runs/${segment(runId)}/artifacts`);
  trace = (runId: string) => this._get<RunTrace>(`runs/${segment(runId)}/trace`);
  report = (paperId: string) => this._get<Report>(`papers/${segment(paperId)}/report`);
  doctor = () => this._get<Doctor>('doctor');

  async runs(query: { paper_id?: string; limit?: number } = {}): Promise<Run[]> {
    const parameters = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      parameters.set(key, String(value));
    }
    return (await this._get<RunList>(`runs?${parameters.toString()}`)).runs;
  }

  addFile(file: File): Promise<PaperCreated> {
    const form = new FormData();
    form.append('file', file, file.name);
    // No Content-Type of ours: the browser must add the boundary itself.
    return requestAPI<PaperCreated>(this, 'papers', { method: 'POST', body: form });
  }

  addUrl = (url: string) => this._post<PaperCreated>('papers', { url });
  addSample = () => this._post<PaperCreated>('papers/sample');

  async deletePaper(id: string): Promise<void> {
    await request(this, `papers/${segment(id)}`, { method: 'DELETE' });
  }

  patchClaim(id: string, patch: ClaimPatch): Promise<Claim> {
    return requestAPI<Claim>(this, `claims/${segment(id)}`, {
      method: 'PATCH',
      body: JSON.stringify(patch)
    });
  }

  /** Asked for anew each time: a correction moves the mark. */
  async evidence(claimId: string, view: EvidenceView, signal: AbortSignal): Promise<Blob> {
    const path = `claims/${segment(claimId)}/evidence.png?view=${view}`;
    return (await request(this, path, { signal, cache: 'no-store' })).blob();
  }

  /** The file's text; the query's filters seek texts anywhere in a name. */
  async exportClaims(
    paperId: string,
    kind: 'csv' | 'json',
    query: URLSearchParams
  ): Promise<string> {
    const path = `papers/${segment(paperId)}/claims.${kind}?${query.toString()}`;
    return (await request(this, path, { cache: 'no-store' })).text();
  }

  /** A crate may take a while: pictures are cut from the paper and files packed. */
  async exportReport(paperId: string, form: ReportForm): Promise<Blob> {
    const path = `papers/${segment(paperId)}/report.${form}`;
    return (await request(this, path, { cache: 'no-store' })).blob();
  }

  /** Makes a plan, and gives what is told meanwhile; the plan is the event `plan`. */
  plan = (paperId: string, body: PlanRequest, options: Following) =>
    followEvents({
      ...options,
      server: this,
      path: `papers/${segment(paperId)}/plans`,
      method: 'POST',
      body: JSON.stringify(body)
    });
  /** A whole plan, as the next version of its parent. */
  editPlan = (paperId: string, body: PlanImport) =>
    this._post<Plan>(`papers/${segment(paperId)}/plans`, body);
  /** A notebook that a person edited: the plan runs it from now on, marked as edited. */
  putNotebook = (planId: string, notebook: INotebook) =>
    requestAPI<Plan>(this, `plans/${segment(planId)}/notebook`, {
      method: 'PUT',
      body: JSON.stringify({ notebook } satisfies NotebookUpdate)
    });
  /** A notebook of a person's own, that belongs to no plan. */
  runNotebook = (name: string, notebook: INotebook, budgetMinutes: number) =>
    this._post<Run>('runs', { name, notebook, budget_minutes: budgetMinutes });
  materialize = (planId: string) => this._post<Plan>(`plans/${segment(planId)}/materialize`);
  cancel = (runId: string) => this._post<Run>(`runs/${segment(runId)}/cancel`);
  rerun = (runId: string) => this._post<Run>(`runs/${segment(runId)}/rerun`);

  storage = () => this._get<Storage>('storage');
  deleteStored = (items: StorageKey[]) => this._post<StorageRemoval>('storage/delete', { items });

  determinism = (runId: string) =>
    this._get<DeterminismValidation>(`runs/${segment(runId)}/validate_determinism`);
  validateDeterminism = (runId: string, runs: number) =>
    this._post<DeterminismValidation>(`runs/${segment(runId)}/validate_determinism`, { runs });
  cancelDeterminism = (runId: string) =>
    this._post<DeterminismValidation>(`runs/${segment(runId)}/validate_determinism/cancel`);

  async deleteRun(runId: string): Promise<void> {
    await request(this, `runs/${segment(runId)}`, { method: 'DELETE' });
  }

  deleteRuns = (runIds: string[]) =>
    this._post<RunDeletionResult>('runs/delete', { run_ids: runIds });

  startRun(planId: string, idempotencyKey: string): Promise<Run> {
    return requestAPI<Run>(this, `plans/${segment(planId)}/run`, {
      method: 'POST',
      headers: { 'Idempotency-Key': idempotencyKey }
    });
  }

  /** Begins a reading once; a connection that is lost is taken up again, never the reading begun anew. */
  async extract(
    paperId: string,
    provider: ExtractRequest['provider'],
    options: Following
  ): Promise<void> {
    let begun = false;
    const onEvent: Following['onEvent'] = event => {
      begun = true;
      options.onEvent(event);
    };
    try {
      await followEvents({
        ...options,
        onEvent,
        server: this,
        path: extractPath(paperId),
        method: 'POST',
        body: JSON.stringify({ provider } satisfies ExtractRequest)
      });
    } catch (reason) {
      if (!begun) {
        throw reason;
      }
      await this.followExtraction(paperId, options);
    }
  }

  /** A reading that goes on already; E_NOT_FOUND where none does. */
  followExtraction(paperId: string, options: Following): Promise<void> {
    return followEvents({
      ...options,
      server: this,
      path: extractPath(paperId),
      method: 'GET'
    });
  }

  /** Claims of an earlier reading stay. */
  async cancelExtraction(paperId: string): Promise<void> {
    const path = `papers/${segment(paperId)}/extract/cancel`;
    await request(this, path, { method: 'POST' });
  }

  /** One connection for several runs, each from the newest seq known on; resolves as `readStream` does. */
  runEvents(places: ReadonlyMap<string, number>, options: IReadOptions): Promise<boolean> {
    const query = [...places].map(([id, seq]) => `run=${segment(id)}:${seq}`).join('&');
    return readStream({ ...options, server: this, path: `runs/events?${query}` });
  }

  /** What a signed link leads to; it needs no token, so none is sent. Raises RequestError. */
  async signedJson(url: string): Promise<unknown> {
    const response = await fetch(this.fileHref(url) ?? url, { cache: 'no-store' });
    if (!response.ok) {
      throw await errorOf(response, this.trans);
    }
    return response.json();
  }

  /** A page's own picture, the words of a quote marked where they stand. */
  async pagePicture(
    paperId: string,
    page: number,
    quote: string,
    signal: AbortSignal
  ): Promise<Blob> {
    const query = new URLSearchParams({ quote }).toString();
    const path = `papers/${segment(paperId)}/pages/${page}.png?${query}`;
    return (await request(this, path, { signal })).blob();
  }

  story = (paperId: string) => this._get<Storyboard>(`papers/${segment(paperId)}/storyboard`);
  /** Who tells it is the server's setting. */
  tellStory = (paperId: string) =>
    this._post<Storyboard>(`papers/${segment(paperId)}/storyboard`, {});
  refreshStory = (id: string) => this._post<Storyboard>(`storyboards/${segment(id)}/refresh`);

  /** A page's picture by the address that the story gives; another picture has another address. */
  async storyPicture(url: string, signal: AbortSignal): Promise<Blob> {
    return (await request(this, url, { signal })).blob();
  }

  /** The API as the server describes it: JSON Schemas of all that it takes and gives. */
  contract = () => this._get<IContract>('openapi.json');

  /** The address of a signed file; null where it does not lie on this server. */
  fileHref(url: string): string | null {
    try {
      const href = new URL(url, this.settings.baseUrl);
      return href.protocol === 'https:' || href.protocol === 'http:' ? href.href : null;
    } catch {
      return null;
    }
  }

  get root(): string {
    return apiUrl(this.settings, '');
  }

  private _get<T>(path: string): Promise<T> {
    return requestAPI<T>(this, path);
  }

  private _post<T>(path: string, body?: object): Promise<T> {
    return requestAPI<T>(this, path, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    });
  }
}

function segment(id: string): string {
  return encodeURIComponent(id);
}

function extractPath(paperId: string): string {
  return `papers/${segment(paperId)}/extract`;
}
