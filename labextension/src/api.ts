import type { ServerConnection } from '@jupyterlab/services';

import { apiUrl, request, requestAPI } from './request';
import type {
  ArtifactList,
  Claim,
  ClaimList,
  ClaimPatch,
  Doctor,
  Paper,
  PaperCreated,
  PaperList,
  Plan,
  PlanAssets,
  PlanList,
  PlanRequest,
  Report,
  Run,
  RunList
} from './schemas';
import { followEvents, type IFollowOptions } from './sse';

type Following = Omit<IFollowOptions, 'settings' | 'path' | 'method'>;

/** The REST API of DESIGN section 3, one function a route; the panel talks to nothing else. */
export class Api {
  constructor(readonly settings: ServerConnection.ISettings) {}

  papers = async () => (await this._get<PaperList>('papers')).papers;
  paper = (id: string) => this._get<Paper>(`papers/${segment(id)}`);
  claims = (paperId: string) => this._get<ClaimList>(`papers/${segment(paperId)}/claims`);
  plans = async (paperId: string) =>
    (await this._get<PlanList>(`papers/${segment(paperId)}/plans`)).plans;
  planAssets = (planId: string) => this._get<PlanAssets>(`plans/${segment(planId)}/assets`);
  run = (runId: string) => this._get<Run>(`runs/${segment(runId)}`);
  artifacts = (runId: string) => this._get<ArtifactList>(`runs/${segment(runId)}/artifacts`);
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
    return requestAPI<PaperCreated>(this.settings, 'papers', { method: 'POST', body: form });
  }

  addUrl = (url: string) => this._post<PaperCreated>('papers', { url });
  addSample = () => this._post<PaperCreated>('papers/sample');

  async deletePaper(id: string): Promise<void> {
    await request(this.settings, `papers/${segment(id)}`, { method: 'DELETE' });
  }

  patchClaim(id: string, patch: ClaimPatch): Promise<Claim> {
    return requestAPI<Claim>(this.settings, `claims/${segment(id)}`, {
      method: 'PATCH',
      body: JSON.stringify(patch)
    });
  }

  async evidence(claimId: string, signal: AbortSignal): Promise<Blob> {
    const path = `claims/${segment(claimId)}/evidence.png`;
    return (await request(this.settings, path, { signal })).blob();
  }

  plan = (paperId: string, body: PlanRequest) =>
    this._post<Plan>(`papers/${segment(paperId)}/plans`, body);
  materialize = (planId: string) => this._post<Plan>(`plans/${segment(planId)}/materialize`);
  cancel = (runId: string) => this._post<Run>(`runs/${segment(runId)}/cancel`);
  rerun = (runId: string) => this._post<Run>(`runs/${segment(runId)}/rerun`);

  startRun(planId: string, idempotencyKey: string): Promise<Run> {
    return requestAPI<Run>(this.settings, `plans/${segment(planId)}/run`, {
      method: 'POST',
      headers: { 'Idempotency-Key': idempotencyKey }
    });
  }

  /** Extraction starts with the request, so a lost connection is an error and never a second start. */
  extract(paperId: string, options: Following): Promise<void> {
    return followEvents({
      ...options,
      settings: this.settings,
      path: `papers/${segment(paperId)}/extract`,
      method: 'POST'
    });
  }

  followRun(runId: string, options: Following): Promise<void> {
    return followEvents({
      ...options,
      settings: this.settings,
      path: `runs/${segment(runId)}/events`,
      method: 'GET'
    });
  }

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
    return requestAPI<T>(this.settings, path);
  }

  private _post<T>(path: string, body?: object): Promise<T> {
    return requestAPI<T>(this.settings, path, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    });
  }
}

function segment(id: string): string {
  return encodeURIComponent(id);
}
