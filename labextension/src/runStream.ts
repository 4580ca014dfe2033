import { IDisposable } from '@lumino/disposable';

import type { IProblem } from './request';
import type { RunGone } from './schemas';
import { type ConnectionState, type IReadOptions, isFinal, pause, type StreamEvent } from './sse';

/** A run that somebody looks at. */
export interface IFollower {
  readonly runId: string;
  /** Newest event that it has. */
  readonly seq: number;
  take: (event: StreamEvent) => void;
  onState: (state: ConnectionState) => void;
  /** Nothing more will come, and why. */
  fail: (problem: IProblem) => void;
}

/** Opens one connection for these runs, each with the newest seq known; resolves as `readStream` does. */
export type Connect = (
  places: ReadonlyMap<string, number>,
  options: IReadOptions
) => Promise<boolean>;

export interface IRunStreamOptions {
  /** Milliseconds to the first new try; doubled up to 8 times as much. */
  backoff?: number;
  /** Milliseconds that runs which begin at about the same time are waited for. */
  gather?: number;
  /** Milliseconds without a byte after which a tab that wakes does not believe in its connection. */
  stale?: number;
  silence?: number;
}

/** What the server follows at once; more wait until others end. */
const MAX_RUNS = 50;
/** A tab asleep gets no timers, so that a dead connection may look alive; pings come every 15 s. */
const STALE_MS = 20000;

/**
 * All runs that a tab follows, over one connection. It is opened anew, from the places reached, whenever a run comes
 * or goes and whenever it is lost: each event reaches its run once and in order.
 */
export class RunStream implements IDisposable {
  constructor(
    private _connect: Connect,
    private _options: IRunStreamOptions = {}
  ) {
    globalThis.addEventListener?.('online', this._onWake);
    globalThis.document?.addEventListener('visibilitychange', this._onWake);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._followers.clear();
    this._attempt?.abort();
    globalThis.removeEventListener?.('online', this._onWake);
    globalThis.document?.removeEventListener('visibilitychange', this._onWake);
  }

  follow(follower: IFollower): void {
    this._followers.set(follower.runId, follower);
    this._again();
  }

  leave(follower: IFollower): void {
    if (this._followers.get(follower.runId) === follower) {
      this._followers.delete(follower.runId);
      this._again();
    }
  }

  /** Connects with the runs of now; those that have ended need no new connection to be left. */
  private _again(): void {
    this._fresh = true;
    this._attempt?.abort();
    if (!this._running) {
      void this._keepConnected();
    }
  }

  private _onWake = () => {
    const hidden = globalThis.document?.visibilityState === 'hidden';
    const { stale = STALE_MS } = this._options;
    if (!hidden && (this._state === 'waiting' || Date.now() - this._heard > stale)) {
      this._fresh = true;
      this._attempt?.abort();
    }
  };

  private async _keepConnected(): Promise<void> {
    this._running = true;
    let failures = 0;
    while (this._followers.size > 0) {
      this._fresh = false;
      const before = this._taken;
      this._attempt = new AbortController();
      const { signal } = this._attempt;
      await pause(this._options.gather ?? 20, signal);
      if (!signal.aborted) {
        this._tell('connecting');
        await this._once(signal);
      }
      if (this._fresh || this._followers.size === 0) {
        failures = 0;
        continue;
      }
      failures = this._taken > before ? 0 : failures + 1;
      this._tell('waiting');
      const { backoff = 500 } = this._options;
      await pause(
        backoff * 2 ** Math.min(failures, 3) * (0.75 + Math.random() / 2),
        this._attempt.signal
      );
    }
    this._running = false;
    this._attempt = null;
  }

  private async _once(signal: AbortSignal): Promise<void> {
    const followed = [...this._followers.values()].slice(0, MAX_RUNS);
    this._heard = Date.now();
    try {
      const any = await this._connect(new Map(followed.map(({ runId, seq }) => [runId, seq])), {
        signal,
        silence: this._options.silence,
        onOpen: () => this._tell('open'),
        onBytes: () => {
          this._heard = Date.now();
        },
        onFrame: ({ id, event, data }) => {
          if (event === 'gone') {
            const { run_id, error } = JSON.parse(data) as RunGone;
            this._end(run_id, follower => follower.fail(error));
          } else {
            this._give(id.slice(0, id.lastIndexOf(':')), JSON.parse(data) as StreamEvent);
          }
          return this._followers.size === 0;
        }
      });
      if (!any) {
        followed.forEach(({ runId }) => this._end(runId));
      }
    } catch (reason) {
      if (isFinal(reason)) {
        followed.forEach(({ runId }) =>
          this._end(runId, follower => follower.fail(reason.problem))
        );
      }
    }
  }

  private _give(runId: string, event: StreamEvent): void {
    const follower = this._followers.get(runId);
    if (follower && event.seq > follower.seq) {
      this._taken += 1;
      follower.take(event);
      if (event.type === 'end') {
        this._end(runId);
      }
    }
  }

  private _end(runId: string, tell?: (follower: IFollower) => void): void {
    const follower = this._followers.get(runId);
    if (follower) {
      this._followers.delete(runId);
      follower.onState('closed');
      tell?.(follower);
    }
  }

  private _tell(state: ConnectionState): void {
    this._state = state;
    this._followers.forEach(follower => follower.onState(state));
  }

  private _followers = new Map<string, IFollower>();
  private _attempt: AbortController | null = null;
  private _state: ConnectionState = 'closed';
  /** A new connection is wanted at once. */
  private _fresh = false;
  private _running = false;
  private _heard = 0;
  private _taken = 0;
  private _disposed = false;
}
