import { UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ClaimsSession, type Provider } from './claimsSession';
import { IProblem, problemOf } from './request';
import { RunSession } from './runSession';
import type { ClaimPatch, Paper, Plan, PlanAssets, PlanBody, Report, Run } from './schemas';
import { Walk } from './walk';
import { isLive } from './status';
import type { Workbench } from './workbench';

export const STEPS = ['paper', 'claims', 'plan', 'run', 'report'] as const;
export type Step = (typeof STEPS)[number];
export type StepState = 'todo' | 'busy' | 'done' | 'failed';
export type Task = 'plan' | 'materialize' | 'report';

/** One paper on its way from PDF to verdict: what is known of it, and the acts that take it on. */
export class PaperSession implements IDisposable {
  constructor(
    readonly workbench: Workbench,
    readonly paperId: string
  ) {
    this.budgetMinutes = workbench.settings.budgetMinutes;
    this.watch = new RunSession(workbench, () =>
      workbench.runs.filter(run => run.paper_id === paperId && !run.validation_id)
    );
    this.claims = new ClaimsSession(workbench.api, paperId);
    this.claims.changed.connect(this.announce, this);
    this.watch.changed.connect(this.announce, this);
    this.watch.settled.connect(this._onSettled, this);
    workbench.changed.connect(this.announce, this);
  }

  /** The run that is looked at. */
  readonly watch: RunSession;
  readonly claims: ClaimsSession;
  step: Step = 'claims';
  paper: Paper | null = null;
  plans: Plan[] = [];
  plan: Plan | null = null;
  assets: PlanAssets | null = null;
  budgetMinutes: number;
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
    this.claims.dispose();
    this.watch.dispose();
    this.workbench.changed.disconnect(this.announce, this);
    Signal.clearData(this);
  }

  get runs(): Run[] {
    return this.watch.runs;
  }

  get run(): Run | null {
    return this.watch.run;
  }

  get isBusy(): boolean {
    return this.busy.size > 0 || this.watch.busy.size > 0;
  }

  stateOf(step: Step): StepState {
    const problem =
      step === 'run' ? this.watch.problem : step === 'claims' ? this.claims.problem : null;
    if (problem || this.problems.has(step)) {
      return 'failed';
    }
    switch (step) {
      case 'paper':
        return this.paper ? 'done' : 'busy';
      case 'claims':
        return this.claims.reading ? 'busy' : this.paper?.reader ? 'done' : 'todo';
      case 'plan':
        return this.busy.has('plan') || this.busy.has('materialize')
          ? 'busy'
          : this.plan
            ? 'done'
            : 'todo';
      case 'run': {
        const run = this.run;
        if (this.watch.busy.has('dispatch') || (run && isLive(run.status))) {
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
      const [paper, plans, runs] = await Promise.all([
        api.paper(this.paperId),
        api.plans(this.paperId),
        api.runs({ paper_id: this.paperId, limit: 50 }),
        this.claims.load()
      ]);
      this.paper = paper;
      this.plans = newestFirst(plans);
      runs.forEach(run => this.workbench.noteRun(run));
      if (!this.watch.runId) {
        // The runs of a determinism validation are shown with the run that was validated.
        const own = runs.filter(run => !run.validation_id);
        this.watch.select(newestFirst(own)[0]?.id ?? null);
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

  /** Without a provider: the reader that the server is set up for. */
  async extract(provider?: Provider): Promise<boolean> {
    const done = await this.claims.read(provider);
    await this._guard('paper', async () => {
      this.paper = await this.workbench.api.paper(this.paperId);
      this.workbench.notePaper(this.paper);
    });
    return done;
  }

  /** A person's word on a claim; resolves to what is wrong with it, or null. */
  async patch(claimId: string, patch: ClaimPatch): Promise<IProblem | null> {
    const problem = await this.claims.patch(claimId, patch);
    if (!problem) {
      this.report = null;
    }
    return problem;
  }

  /** A plan for the claims given, else the chosen ones, else all that can be run. */
  makePlan(claimIds?: string[]): Promise<boolean> {
    return this._task('plan', 'plan', async () => {
      const plan = await this.workbench.api.plan(this.paperId, {
        claim_ids: claimIds ?? [...this.claims.chosen],
        budget_minutes: this.budgetMinutes
      });
      this.plans = [plan, ...this.plans.filter(other => other.id !== plan.id)];
      this._take(plan);
    });
  }

  /** An edit is a new plan beside the old one; resolves to what is wrong with it, or null. */
  async editPlan(parent: string, body: PlanBody): Promise<IProblem | null> {
    try {
      const plan = await this.workbench.api.editPlan(this.paperId, { plan: body, parent });
      this.plans = [plan, ...this.plans];
      this._take(plan);
      this._changed.emit();
      return null;
    } catch (reason) {
      return problemOf(reason);
    }
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
    return this.watch.start(() => this.workbench.api.startRun(this._plan().id, UUID.uuid4()));
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

  private _onSettled(): void {
    if (this.report || this.step === 'report') {
      void this.loadReport();
    }
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

  private _loaded = false;
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
}

function newestFirst<T extends { created_at: string }>(items: T[]): T[] {
  return [...items].sort((a, b) => b.created_at.localeCompare(a.created_at));
}
