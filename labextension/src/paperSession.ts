import { UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { IProblem, problemOf, RequestError } from './request';
import type { RunFeed } from './runFeed';
import type {
  Claim,
  ClaimPatch,
  Paper,
  Plan,
  PlanAssets,
  Progress,
  Report,
  Run,
  SignedFile
} from './schemas';
import { Walk } from './walk';
import { isLive, type Workbench } from './workbench';

export const STEPS = ['paper', 'claims', 'plan', 'run', 'report'] as const;
export type Step = (typeof STEPS)[number];
export type StepState = 'todo' | 'busy' | 'done' | 'failed';
export type Task = 'plan' | 'materialize' | 'dispatch' | 'cancel' | 'report' | 'claim';

export interface IExtraction {
  progress: Progress | null;
  found: number;
}

/** One paper on its way from PDF to verdict: what is known of it, and the acts that take it on. */
export class PaperSession implements IDisposable {
  constructor(
    readonly workbench: Workbench,
    readonly paperId: string
  ) {
    this.budgetMinutes = workbench.settings.budgetMinutes;
    workbench.changed.connect(this._onWorkbench, this);
  }

  step: Step = 'claims';
  paper: Paper | null = null;
  claims: Claim[] = [];
  /** Claims that the next plan is for; empty: all that can be run. */
  readonly chosen = new Set<string>();
  extraction: IExtraction | null = null;
  plans: Plan[] = [];
  plan: Plan | null = null;
  assets: PlanAssets | null = null;
  budgetMinutes: number;
  runId: string | null = null;
  artifacts: SignedFile[] | null = null;
  report: Report | null = null;
  readonly walk = new Walk(this, step => this._goTo(step));
  readonly problems = new Map<Step, IProblem>();
  readonly busy = new Set<Task>();

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._abort.abort();
    this._watched?.disconnect();
    this.workbench.changed.disconnect(this._onWorkbench, this);
    Signal.clearData(this);
  }

  get runs(): Run[] {
    return this.workbench.runs.filter(run => run.paper_id === this.paperId);
  }

  get run(): Run | null {
    return this.runs.find(run => run.id === this.runId) ?? null;
  }

  get feed(): RunFeed | null {
    return this.runId ? this.workbench.feed(this.runId) : null;
  }

  stateOf(step: Step): StepState {
    if (this.problems.has(step)) {
      return 'failed';
    }
    switch (step) {
      case 'paper':
        return this.paper ? 'done' : 'busy';
      case 'claims':
        return this.extraction ? 'busy' : this.paper?.reader ? 'done' : 'todo';
      case 'plan':
        return this.busy.has('plan') || this.busy.has('materialize')
          ? 'busy'
          : this.plan
            ? 'done'
            : 'todo';
      case 'run': {
        const run = this.run;
        if (this.busy.has('dispatch') || (run && isLive(run.status))) {
          return 'busy';
        }
        return !run ? 'todo' : run.status === 'succeeded' ? 'done' : 'failed';
      }
      case 'report':
        return this.runs.some(run => run.status === 'succeeded') ? 'done' : 'todo';
    }
  }

  show(step: Step): void {
    this.walk.leads = false;
    this._goTo(step);
  }

  /** Loads what the server knows; safe to call again. */
  async load(): Promise<void> {
    await this._guard('paper', async () => {
      const { api } = this.workbench;
      const [paper, claims, plans, runs] = await Promise.all([
        api.paper(this.paperId),
        api.claims(this.paperId),
        api.plans(this.paperId),
        api.runs({ paper_id: this.paperId, limit: 50 })
      ]);
      this.paper = paper;
      this.claims = claims.claims;
      this.plans = newestFirst(plans);
      runs.forEach(run => this.workbench.noteRun(run));
      if (!this.runId) {
        this._watch(newestFirst(runs)[0]?.id ?? null);
      }
      this.plan ??= this.plans.find(plan => plan.id === this.run?.plan_id) ?? this.plans[0] ?? null;
      if (!this._loaded) {
        this._loaded = true;
        this.step = this._firstStep();
      }
    });
    void this.loadAssets();
    if (this.step === 'report') {
      void this.loadReport();
    }
  }

  async extract(): Promise<boolean> {
    if (this.extraction) {
      return false;
    }
    this.claims = [];
    this.chosen.clear();
    const extraction: IExtraction = { progress: null, found: 0 };
    this.extraction = extraction;
    const done = await this._guard('claims', async () => {
      const { api } = this.workbench;
      const failures: RequestError[] = [];
      await api.extract(this.paperId, {
        signal: this._abort.signal,
        onEvent: event => {
          if (event.type === 'progress') {
            extraction.progress = event.payload;
          } else if (event.type === 'result') {
            extraction.found += 1;
            const { payload } = event;
            this.claims = [...this.claims.filter(claim => claim.id !== payload.id), payload];
          } else if (event.type === 'error') {
            failures.push(RequestError.of(event.payload));
          } else if (event.type === 'end' && event.payload.error) {
            failures.push(RequestError.of(event.payload.error));
          }
          this._changed.emit();
        }
      });
      if (failures.length > 0) {
        throw failures[0];
      }
    });
    this.extraction = null;
    await this._guard('paper', async () => {
      const { api } = this.workbench;
      this.claims = (await api.claims(this.paperId)).claims;
      this.paper = await api.paper(this.paperId);
      this.workbench.notePaper(this.paper);
    });
    return done && !this._abort.signal.aborted;
  }

  async patch(claimId: string, patch: ClaimPatch): Promise<void> {
    await this._guard('claims', async () => {
      const changed = await this.workbench.api.patchClaim(claimId, patch);
      this.claims = this.claims.map(claim => (claim.id === claimId ? changed : claim));
      this.report = null;
    });
  }

  choose(claimId: string, chosen: boolean): void {
    if (chosen) {
      this.chosen.add(claimId);
    } else {
      this.chosen.delete(claimId);
    }
    this._changed.emit();
  }

  /** A plan for the claims given, else the chosen ones, else all that can be run. */
  makePlan(claimIds?: string[]): Promise<boolean> {
    return this._task('plan', 'plan', async () => {
      const plan = await this.workbench.api.plan(this.paperId, {
        claim_ids: claimIds ?? [...this.chosen],
        budget_minutes: this.budgetMinutes
      });
      this.plans = [plan, ...this.plans.filter(other => other.id !== plan.id)];
      this._take(plan);
    });
  }

  selectPlan(planId: string): void {
    this._take(this.plans.find(plan => plan.id === planId) ?? null);
    void this.loadAssets();
    this._changed.emit();
  }

  setBudget(minutes: number): void {
    this.budgetMinutes = Math.min(20, Math.max(1, Math.round(minutes) || 1));
    this._changed.emit();
  }

  materialize(): Promise<boolean> {
    return this._task('materialize', 'plan', async () => {
      const plan = await this.workbench.api.materialize(this._plan().id);
      this.plans = this.plans.map(other => (other.id === plan.id ? plan : other));
      this._take(plan);
      await this.loadAssets();
    });
  }

  async loadAssets(): Promise<void> {
    const plan = this.plan;
    if (!plan?.env_hash) {
      return;
    }
    await this._guard('plan', async () => {
      const assets = await this.workbench.api.planAssets(plan.id);
      if (this.plan?.id === plan.id) {
        this.assets = assets;
      }
    });
  }

  startRun(): Promise<boolean> {
    return this._task('dispatch', 'run', async () => {
      this._began(await this.workbench.api.startRun(this._plan().id, UUID.uuid4()));
    });
  }

  rerun(): Promise<boolean> {
    return this._task('dispatch', 'run', async () => {
      if (this.runId) {
        this._began(await this.workbench.api.rerun(this.runId));
      }
    });
  }

  cancel(): Promise<boolean> {
    return this._task('cancel', 'run', async () => {
      if (this.runId) {
        this.workbench.noteRun(await this.workbench.api.cancel(this.runId));
      }
    });
  }

  selectRun(runId: string): void {
    this.problems.delete('run');
    this._watch(runId);
    this._changed.emit();
  }

  /** Signed URLs end after a while: they are asked for when they are shown. */
  async loadArtifacts(): Promise<void> {
    const run = this.run;
    if (!run || isLive(run.status)) {
      return;
    }
    await this._guard('run', async () => {
      const { artifacts } = await this.workbench.api.artifacts(run.id);
      if (this.runId === run.id) {
        this.artifacts = artifacts;
      }
    });
  }

  loadReport(): Promise<boolean> {
    return this._task('report', 'report', async () => {
      this.report = await this.workbench.api.report(this.paperId);
    });
  }

  /** Claims on another dataset than any plan so far is about. */
  get unreached(): string[] {
    const planned = new Set(
      this.plans.flatMap(({ body }) =>
        body.experiments.flatMap(({ metrics }) => metrics.map(metric => metric.claim_id))
      )
    );
    const others = this.plans[0]?.body.unplanned.filter(({ reason }) => reason === 'other_dataset');
    return (others ?? []).map(({ claim_id }) => claim_id).filter(id => !planned.has(id));
  }

  /** Leaves the reading to the server; what it finds is there when it is looked at again. */
  leaveExtraction(): void {
    this._abort.abort();
    this._abort = new AbortController();
  }

  announce(): void {
    this._changed.emit();
  }

  /** Deletes the paper with all that hangs on it. */
  remove(): Promise<boolean> {
    return this._guard('paper', () => this.workbench.remove(this.paperId));
  }

  dismiss(step: Step): void {
    this.problems.delete(step);
    this._changed.emit();
  }

  private _firstStep(): Step {
    if (this.runs.some(run => isLive(run.status))) {
      return 'run';
    }
    if (this.runs.some(run => run.status === 'succeeded')) {
      return 'report';
    }
    return this.plan ? 'plan' : 'claims';
  }

  private _plan(): Plan {
    if (!this.plan) {
      throw new Error('There is no plan yet.');
    }
    return this.plan;
  }

  private _take(plan: Plan | null): void {
    if (this.plan?.id !== plan?.id || this.plan?.env_hash !== plan?.env_hash) {
      this.assets = null;
    }
    this.plan = plan;
    this.problems.delete('plan');
  }

  private _goTo(step: Step): void {
    this.step = step;
    if (step === 'report') {
      void this.loadReport();
    }
    if (step === 'plan') {
      void this.loadAssets();
    }
    this._changed.emit();
  }

  private _began(run: Run): void {
    this.workbench.noteRun(run);
    this._watch(run.id);
  }

  /** Follows a run whatever is on screen, so that its end is noticed at once. */
  private _watch(runId: string | null): void {
    if (this.runId === runId) {
      return;
    }
    this._watched?.disconnect();
    this._watched = null;
    this.runId = runId;
    this.artifacts = null;
    const run = this.run;
    if (!run) {
      return;
    }
    const feed = this.workbench.feed(run.id);
    const wasLive = isLive(run.status);
    const onEnd = () => void this._settle(run.id, wasLive);
    let noticed = run.status !== 'queued';
    const onChange = () => {
      // The stream says that it has begun long before the poll does.
      if (!noticed && feed.state.stages.size > 0 && feed.state.current?.stage !== 'queued') {
        noticed = true;
        void this._guard('run', async () =>
          this.workbench.noteRun(await this.workbench.api.run(run.id))
        );
      }
    };
    feed.changed.connect(onChange);
    feed.ended.connect(onEnd);
    feed.retain();
    this._watched = {
      disconnect: () => {
        feed.changed.disconnect(onChange);
        feed.ended.disconnect(onEnd);
        feed.release();
      }
    };
    if (!isLive(run.status)) {
      void this.loadArtifacts();
    }
  }

  private async _settle(runId: string, wasLive: boolean): Promise<void> {
    await this._guard('run', async () => {
      let run = await this.workbench.api.run(runId);
      // The stream may show the end a moment before the run's row says so.
      for (let tries = 0; isLive(run.status) && tries < 20; tries++) {
        await new Promise(resolve => setTimeout(resolve, 250));
        run = await this.workbench.api.run(runId);
      }
      this.workbench.noteRun(run);
      if (wasLive && !isLive(run.status)) {
        this.workbench.noteEnd(run);
      }
    });
    if (this.runId === runId) {
      await this.loadArtifacts();
    }
    if (this.report || this.step === 'report') {
      await this.loadReport();
    }
    this._settled.emit();
  }

  /** The watched run when it has ended, whoever noticed first: its stream or the poll. */
  untilEnded(): Promise<Run | null> {
    const runId = this.runId;
    return new Promise(resolve => {
      const look = () => {
        const run = this.workbench.runs.find(other => other.id === runId) ?? null;
        if (this._disposed || !run || !isLive(run.status)) {
          this._settled.disconnect(look);
          this.workbench.changed.disconnect(look);
          resolve(run);
        }
      };
      this._settled.connect(look);
      this.workbench.changed.connect(look);
      look();
    });
  }

  private _onWorkbench(): void {
    this._changed.emit();
  }

  private _task(task: Task, step: Step, work: () => Promise<void>): Promise<boolean> {
    this.busy.add(task);
    return this._guard(step, work).finally(() => {
      this.busy.delete(task);
      this._changed.emit();
    });
  }

  private async _guard(step: Step, work: () => Promise<void>): Promise<boolean> {
    this.problems.delete(step);
    this._changed.emit();
    try {
      await work();
      return true;
    } catch (reason) {
      this.problems.set(step, problemOf(reason));
      return false;
    } finally {
      this._changed.emit();
    }
  }

  private _abort = new AbortController();
  private _watched: { disconnect: () => void } | null = null;
  private _loaded = false;
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
  private _settled = new Signal<this, void>(this);
}

function newestFirst<T extends { created_at: string }>(items: T[]): T[] {
  return [...items].sort((a, b) => b.created_at.localeCompare(a.created_at));
}
