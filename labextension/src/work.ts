import type { ErrorInfo, Stage, StageUpdate } from './schemas';
import type { StreamEvent } from './sse';

export interface IWorkStage extends StageUpdate {
  /** Milliseconds since 1970 at which it began. */
  startedAt: number;
}

const MAX_TEXT = 20000;
const MAX_NOTICES = 20;

/** A piece of the server's work that goes on, a reading or a planning: what its events have told so far, bounded. */
export class WorkState {
  readonly notices: ErrorInfo[] = [];
  /** Why it ended without what was wanted. */
  failure: ErrorInfo | null = null;
  cancelled = false;
  /** The newest of what a model has written. */
  text = '';
  /** Characters that a model has written in all. */
  characters = 0;

  get stages(): readonly IWorkStage[] {
    return [...this._stages.values()];
  }

  /** The part of the work under way: the innermost that has begun. */
  get current(): IWorkStage | null {
    return this.stages.filter(({ state }) => state === 'started').pop() ?? null;
  }

  apply(event: StreamEvent): void {
    switch (event.type) {
      case 'stage_update':
        this._stage(event.payload, Date.parse(event.ts));
        break;
      case 'token':
        this.characters += event.payload.text.length;
        this.text = (this.text + event.payload.text).slice(-MAX_TEXT);
        break;
      case 'error':
        if (this.notices.length < MAX_NOTICES) {
          this.notices.push(event.payload);
        }
        break;
      case 'end':
        this._end(event.payload.error, event.payload.status === 'cancelled');
        break;
    }
  }

  private _stage(update: StageUpdate, time: number): void {
    const known = this._stages.get(update.stage);
    const startedAt = update.state === 'started' || !known ? time : known.startedAt;
    const message = update.message || known?.message || '';
    this._stages.set(update.stage, { ...update, message, startedAt });
  }

  private _end(error: ErrorInfo | null, cancelled: boolean): void {
    this.failure = error;
    this.cancelled = cancelled;
    const last = this.notices[this.notices.length - 1];
    // What ended the work is told as an event too; it is no notice.
    if (error && last && last.code === error.code && last.message === error.message) {
      this.notices.pop();
    }
  }

  private _stages = new Map<Stage, IWorkStage>();
}
