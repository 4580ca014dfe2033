import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import type { Api } from './api';
import { PaperSession } from './paperSession';
import { IProblem, problemOf } from './request';
import { RunFeed } from './runFeed';
import { RunSession } from './runSession';
import { RunStream } from './runStream';
import type { Doctor, Paper, PaperCreated, Run } from './schemas';
import { isLive } from './status';

export interface ISettings {
  budgetMinutes: number;
  logLines: number;
}

/** What the whole panel shares: papers, runs, what P2N stands on, and one session a paper. */
export class Workbench implements IDisposable {
  constructor(readonly api: Api) {
    this._stream = new RunStream((places, options) => api.runEvents(places, options));
    this._poll = new Poll({
      name: 'p2n:workbench',
      factory: () => this._load(),
      frequency: { interval: 3000, backoff: true, max: 30000 },
      standby: 'when-hidden',
      auto: false
    });
  }

  papers: Paper[] | null = null;
  runs: Run[] = [];
  doctor: Doctor | null = null;
  /** Why the lists cannot be had. */
  problem: IProblem | null = null;
  settings: ISettings = { budgetMinutes: 10, logLines: 100000 };

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
    this._poll.dispose();
    this._stream.dispose();
    this._sessions.forEach(session => session.dispose());
    this._notebookRuns.forEach(session => session.dispose());
    Signal.clearData(this);
  }

  /** Loads and goes on loading, often while a run is live and seldom otherwise. */
  start(): void {
    void this._poll.start();
    void this.examine();
  }

  async refresh(): Promise<void> {
    await this._poll.refresh();
    await this._poll.tick;
  }

  async examine(): Promise<void> {
    try {
      this.doctor = await this.api.doctor();
    } catch {
      this.doctor = null;
    }
    this._changed.emit();
  }

  /** Takes in a file, an address, or by the word `sample` the paper that comes with P2N. */
  async add(source: File | string): Promise<PaperCreated> {
    const created = await (source === 'sample'
      ? this.api.addSample()
      : typeof source === 'string'
        ? this.api.addUrl(source)
        : this.api.addFile(source));
    const others = (this.papers ?? []).filter(paper => paper.id !== created.paper.id);
    this.papers = [created.paper, ...others];
    this._changed.emit();
    return created;
  }

  async remove(paperId: string): Promise<void> {
    await this.api.deletePaper(paperId);
    this.papers = (this.papers ?? []).filter(paper => paper.id !== paperId);
    this.runs = this.runs.filter(run => run.paper_id !== paperId);
    this._sessions.get(paperId)?.dispose();
    this._sessions.delete(paperId);
    this._removed.emit(paperId);
    this._changed.emit();
  }

  /** Emits the id of a paper that is gone. */
  get removed(): ISignal<this, string> {
    return this._removed;
  }

  session(paperId: string): PaperSession {
    let session = this._sessions.get(paperId);
    if (!session) {
      session = new PaperSession(this, paperId);
      this._sessions.set(paperId, session);
    }
    return session;
  }

  /** A run without a paper: a person's own notebook. */
  notebookRun(runId: string): RunSession {
    let session = this._notebookRuns.get(runId);
    if (!session || session.isDisposed) {
      session = new RunSession(this, () => this.runs.filter(run => !run.paper_id));
      this._notebookRuns.set(runId, session);
    }
    session.select(session.runId ?? runId);
    return session;
  }

  feed(runId: string): RunFeed {
    let feed = this._feeds.get(runId);
    if (!feed) {
      feed = new RunFeed(this._stream, runId, this.settings.logLines, this.api.trans);
      feed.ended.connect(() => void this.settle(runId).catch(() => undefined));
      this._feeds.set(runId, feed);
      this._forgetOldFeeds(runId);
    }
    return feed;
  }

  /** Takes a newer state of a run than the last poll gave. */
  noteRun(run: Run): void {
    this._takeRuns([run, ...this.runs.filter(other => other.id !== run.id)]);
    this._changed.emit();
  }

  /** The run as its row says after its stream has ended: that may show the end a moment earlier. */
  async settle(runId: string): Promise<Run> {
    let run = await this.api.run(runId);
    for (let tries = 0; isLive(run.status) && tries < 20; tries++) {
      await new Promise(resolve => setTimeout(resolve, 250));
      run = await this.api.run(runId);
    }
    this.noteRun(run);
    return run;
  }

  forgetRun(runId: string): void {
    this.runs = this.runs.filter(run => run.id !== runId);
    this._feeds.delete(runId);
    this._changed.emit();
  }

  /** Emits each run that was known to be live and has ended, once; those of a validation are not told. */
  get runEnded(): ISignal<this, Run> {
    return this._runEnded;
  }

  notePaper(paper: Paper): void {
    this.papers = (this.papers ?? []).map(other => (other.id === paper.id ? paper : other));
    this._changed.emit();
  }

  /** Runs that wait, the next one first. */
  get queue(): Run[] {
    return this.runs.filter(({ status }) => status === 'queued').reverse();
  }

  lastRun(paperId: string): Run | null {
    return this.runs.find(run => run.paper_id === paperId) ?? null;
  }

  private async _load(): Promise<void> {
    try {
      const [papers, runs] = await Promise.all([this.api.papers(), this.api.runs({ limit: 100 })]);
      this.papers = [...papers].sort((a, b) => b.created_at.localeCompare(a.created_at));
      this._takeRuns(runs);
      this.problem = null;
    } catch (reason) {
      this.problem = problemOf(reason, this.api.trans);
      throw reason;
    } finally {
      const interval = this.runs.some(run => isLive(run.status)) ? 3000 : 15000;
      if (this._poll.frequency.interval !== interval) {
        this._poll.frequency = { interval, backoff: true, max: 30000 };
      }
      this._changed.emit();
    }
  }

  private _takeRuns(runs: Run[]): void {
    const live = new Set(this.runs.filter(run => isLive(run.status)).map(({ id }) => id));
    this.runs = [...runs].sort((a, b) => b.created_at.localeCompare(a.created_at));
    const ended = this.runs.filter(run => live.has(run.id) && !isLive(run.status));
    ended.filter(run => !run.validation_id).forEach(run => this._runEnded.emit(run));
    if (ended.length > 0) {
      // The first run starts Ray, and with it the dashboard.
      void this.examine();
    }
  }

  /** A feed may hold 100,000 lines: only the newest few are kept. */
  private _forgetOldFeeds(keep: string): void {
    for (const [id, feed] of this._feeds) {
      if (this._feeds.size <= 6) {
        return;
      }
      if (id !== keep && !feed.isWatched) {
        this._feeds.delete(id);
      }
    }
  }

  private _stream: RunStream;
  private _poll: Poll<void, unknown, 'stop'>;
  private _sessions = new Map<string, PaperSession>();
  private _notebookRuns = new Map<string, RunSession>();
  private _feeds = new Map<string, RunFeed>();
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
  private _runEnded = new Signal<this, Run>(this);
  private _removed = new Signal<this, string>(this);
}
