import { UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ClaimsSession, type Provider } from './claimsSession';
import { Planning } from './planning';
import { IProblem, problemOf } from './request';
import { RunSession } from './runSession';
import type { ClaimPatch, Paper, Plan, PlanAssets, PlanBody, Report, Run } from './schemas';
import { StorySession } from './storySession';
import { Walk } from './walk';
import { isLive } from './status';
import { stemOf } from './claimExport';
import type { INotebook } from './userFiles';
import type { Workbench } from './workbench';

export const STEPS = ['paper', 'claims', 'plan', 'run', 'report', 'story'] as const;
export type Step = (typeof STEPS)[number];
export type StepState = 'todo' | 'busy' | 'done' | 'failed';
export type Task = 'plan' | 'materialize' | 'notebook' | 'report';

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
    this.story = new StorySession(workbench.api, paperId);
    this.planning = new Planning(workbench.api, paperId);
    this.planning.changed.connect(this.announce, this);
    this.claims.changed.connect(this.announce, this);
    this.story.changed.connect(this.announce, this);
    this.watch.changed.connect(this.announce, this);
    workbench.runEnded.connect(this._onRunEnded, this);
    workbench.changed.connect(this.announce, this);
  }

  /** The run that is looked at. */
  readonly watch: RunSession;
  readonly claims: ClaimsSession;
  readonly story: StorySession;
  readonly planning: Planning;
  step: Step = 'claims';
  paper: Paper | null = null;
  plans: Plan[] = [];
  plan: Plan | null = null;
  assets: PlanAssets | null = null;
  /** Edits of plans' JSON that were begun and not saved, by plan. */
  readonly planTexts = new Map<string, string>();
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
    this.story.dispose();
    this.planning.dispose();
    this.watch.dispose();
    this.workbench.changed.disconnect(this.announce, this);
    this.workbench.runEnded.disconnect(this._onRunEnded, this);
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
    const troubles: Partial<Record<Step, IProblem | null>> = {
      run: this.watch.problem,
      claims: this.claims.problem,
      story: this.story.problem
    };
    const problem = troubles[step];
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
      case 'story': {
        const { busy, story } = this.story;
        return busy ? 'busy' : story && !story.stale ? 'done' : 'todo';
      }
    }
  }

  show(step: Step): void {
    this.walk.leads = false;
    this._wanted = step;
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
        this.step = this._wanted ?? this._firstStep();
      }
    });
    void this.loadAssets();
    void this.story.load();
    if (this.step === 'report' && !this.busy.has('report')) {
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

  /** A person's word on many claims; resolves to what is wrong with it, or null. */
  async patchAll(claimIds: readonly string[], patch: ClaimPatch): Promise<IProblem | null> {
    const problem = await this.claims.patchAll(claimIds, patch);
    this.report = null;
    return problem;
  }

  /** A plan for the claims given, else the chosen ones, else all that can be run. */
  makePlan(claimIds?: string[]): Promise<boolean> {
    return this._task('plan', 'plan', async () => {
      const plan = await this.planning.make(
        { claim_ids: claimIds ?? this.claims.plannable, budget_minutes: this.budgetMinutes },
        new Set(this.plans.map(({ id }) => id))
      );
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
      return problemOf(reason, this.workbench.api.trans);
    }
  }

  /** Keeps what is typed when another step is looked at; null: nothing is changed. */
  notePlanText(planId: string, text: string | null): void {
    if (text === null) {
      this.planTexts.delete(planId);
    } else {
      this.planTexts.set(planId, text);
    }
    this._changed.emit();
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

  /** The plan's notebook as it is stored, with a name that says of which paper and version. */
  async notebook(): Promise<{ name: string; notebook: INotebook }> {
    const plan = this._plan();
    // A signed link ends after a while: a new one is asked for.
    const { files } = await this.workbench.api.planAssets(plan.id);
    const file = files.find(({ name }) => name.endsWith('.ipynb'));
    if (!file) {
      throw new Error(this.workbench.api.trans.__('The plan has no notebook.'));
    }
    const notebook = (await this.workbench.api.signedJson(file.url)) as INotebook;
    return { name: notebookName(this.paper?.filename ?? 'paper.pdf', plan), notebook };
  }

  /** Sends an edited notebook back to its plan, which is marked so from now on, and runs it. */
  async runNotebook(notebook: INotebook): Promise<boolean> {
    const sent = await this._task('notebook', 'plan', async () => {
      const plan = await this.workbench.api.putNotebook(this._plan().id, notebook);
      this.plans = this.plans.map(other => (other.id === plan.id ? plan : other));
      this._take(plan);
      this.assets = null;
      await this.loadAssets();
    });
    return sent && (await this.startRun());
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
      throw new Error(this.workbench.api.trans.__('There is no plan yet.'));
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

  private _onRunEnded(_: Workbench, run: Run): void {
    if (run.paper_id !== this.paperId) {
      return;
    }
    void this.story.catchUp();
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
      this.problems.set(step, problemOf(reason, this.workbench.api.trans));
      return false;
    } finally {
      this._changed.emit();
    }
  }

  private _loaded = false;
  /** Asked for before it was known what there is. */
  private _wanted: Step | null = null;
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
}

function notebookName(filename: string, plan: Plan): string {
  return `${stemOf(filename)}-${plan.body.dataset.name}-v${plan.version}.ipynb`.replace(
    /\s+/g,
    '_'
  );
}

function newestFirst<T extends { created_at: string }>(items: T[]): T[] {
  return [...items].sort((a, b) => b.created_at.localeCompare(a.created_at));
}
