import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { IProblem, problemOf } from './request';
import type { RunFeed } from './runFeed';
import type { Run, SignedFile } from './schemas';
import { isLive } from './status';
import type { Workbench } from './workbench';

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

  private async _settle(runId: string, wasLive: boolean): Promise<void> {
    await this._guard(async () => {
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
      this.problem = problemOf(reason);
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
