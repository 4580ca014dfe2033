import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { open, save } from './claimExport';
import { IProblem, problemOf } from './request';
import type { RunFeed } from './runFeed';
import type { Run, RunDeletionResult, SignedFile } from './schemas';
import { isLive } from './status';
import type { Workbench } from './workbench';

/** The artifact that has every line. */
const LOG_NAME = 'logs.txt';

export type RunTask = 'dispatch' | 'cancel' | 'delete';

/** One run that somebody looks at, among those that belong with it; followed whatever is on screen. */
export class RunSession implements IDisposable {
  /** `among` gives the runs to choose from, newest first. */
  constructor(
    readonly workbench: Workbench,
    private _among: () => Run[]
  ) {}

  runId: string | null = null;
  artifacts: SignedFile[] | null = null;
  problem: IProblem | null = null;
  readonly busy = new Set<RunTask>();

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when a run has ended and its row says so. */
  get settled(): ISignal<this, Run> {
    return this._settled;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this._watched?.disconnect();
      Signal.clearData(this);
    }
  }

  get runs(): Run[] {
    return this._among();
  }

  get run(): Run | null {
    return this.runs.find(run => run.id === this.runId) ?? null;
  }

  get feed(): RunFeed | null {
    return this.runId ? this.workbench.feed(this.runId) : null;
  }

  select(runId: string | null): void {
    this.problem = null;
    this._watch(runId);
    this._changed.emit();
  }

  /** Looks at the run that `work` starts. */
  start(work: () => Promise<Run>): Promise<boolean> {
    return this._task('dispatch', async () => {
      const run = await work();
      this.workbench.noteRun(run);
      this._watch(run.id);
    });
  }

  async rerun(): Promise<boolean> {
    const { runId } = this;
    return runId !== null && this.start(() => this.workbench.api.rerun(runId));
  }

  cancel(): Promise<boolean> {
    return this._task('cancel', async () => {
      if (this.runId) {
        this.workbench.noteRun(await this.workbench.api.cancel(this.runId));
      }
    });
  }

  /** Deletes the run with its artifacts and events, and looks at the next one. */
  remove(): Promise<boolean> {
    return this._task('delete', async () => {
      const { runId } = this;
      if (runId) {
        await this.workbench.api.deleteRun(runId);
        this._watch(null);
        this.workbench.forgetRun(runId);
        this._watch(this.runs[0]?.id ?? null);
      }
    });
  }

  /** Deletes several runs of those shown; null where that failed. What stays is told with the reason. */
  async removeMany(runIds: string[]): Promise<RunDeletionResult | null> {
    let result: RunDeletionResult | null = null;
    await this._task('delete', async () => {
      result = await this.workbench.api.deleteRuns(runIds);
      const { deleted } = result;
      if (this.runId && deleted.includes(this.runId)) {
        this._watch(null);
      }
      deleted.forEach(runId => this.workbench.forgetRun(runId));
      if (!this.runId) {
        this._watch(this.runs[0]?.id ?? null);
      }
    });
    return result;
  }

  /** The whole log by a signed link that was asked for just now; while the run goes on, the lines so far. */
  async saveLog(): Promise<void> {
    const { run, feed } = this;
    if (!run || !feed) {
      return;
    }
    if (!isLive(run.status)) {
      const { artifacts } = await this.workbench.api.artifacts(run.id);
      const file = artifacts.find(({ name }) => name === LOG_NAME);
      const href = file && this.workbench.api.fileHref(file.url);
      if (href) {
        open(href, `${run.id}-${LOG_NAME}`);
        return;
      }
    }
    const { log } = feed.state;
    const lines = log.slice(0, log.length).map(({ text }) => `${text}\n`);
    save(new Blob(lines, { type: 'text/plain' }), `${run.id}-${LOG_NAME}`);
  }

  /** Signed URLs end after a while: they are asked for when they are shown. */
  async loadArtifacts(): Promise<void> {
    const run = this.run;
    if (!run || isLive(run.status)) {
      return;
    }
    await this._guard(async () => {
      const { artifacts } = await this.workbench.api.artifacts(run.id);
      if (this.runId === run.id) {
        this.artifacts = artifacts;
      }
    });
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

  private _watch(runId: string | null): void {
    if (this.runId === runId) {
      return;
    }
    this._watched?.disconnect();
    this._watched = null;
    this.runId = runId;
    this.artifacts = null;
    const run = this.run;
    if (run) {
      this._begin(run);
    } else if (runId) {
      // Asked for by a link or a restored tab before the list of runs has come.
      void this._guard(async () => {
        const found = await this.workbench.api.run(runId);
        this.workbench.noteRun(found);
        if (this.runId === runId && !this._watched && !this._disposed) {
          this._begin(found);
        }
      });
    }
  }

  private _begin(run: Run): void {
    const feed = this.workbench.feed(run.id);
    const onEnd = () => void this._settle(run.id);
    let noticed = run.status !== 'queued';
    const onChange = () => {
      // The stream says that it has begun long before the poll does.
      if (!noticed && feed.state.stages.size > 0 && feed.state.current?.stage !== 'queued') {
        noticed = true;
        void this._guard(async () => this.workbench.noteRun(await this.workbench.api.run(run.id)));
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

  private async _settle(runId: string): Promise<void> {
    await this._guard(async () => {
      const run = await this.workbench.settle(runId);
      if (this.runId === runId) {
        await this.loadArtifacts();
      }
      this._settled.emit(run);
    });
  }

  private _task(task: RunTask, work: () => Promise<void>): Promise<boolean> {
    this.busy.add(task);
    return this._guard(work).finally(() => {
      this.busy.delete(task);
      this._changed.emit();
    });
  }

  private async _guard(work: () => Promise<void>): Promise<boolean> {
    this.problem = null;
    this._changed.emit();
    try {
      await work();
      return true;
    } catch (reason) {
      this.problem = problemOf(reason, this.workbench.api.trans);
      return false;
    } finally {
      this._changed.emit();
    }
  }

  private _watched: { disconnect: () => void } | null = null;
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
  private _settled = new Signal<this, Run>(this);
}
