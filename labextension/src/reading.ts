import type { Claim, ErrorInfo, Progress, Stage, StageUpdate } from './schemas';
import type { StreamEvent } from './sse';

export interface IReadingStage extends StageUpdate {
  /** Milliseconds since 1970 at which it began. */
  startedAt: number;
}

const MAX_TEXT = 20000;
const MAX_SEARCHES = 100;
const MAX_NOTICES = 20;

/** A reading that goes on: what its events have told so far, bounded. */
export class ReadingState {
  pages: Progress | null = null;
  readonly searches: string[] = [];
  readonly notices: ErrorInfo[] = [];
  /** Why it ended without claims. */
  failure: ErrorInfo | null = null;
  cancelled = false;
  /** The newest of what the model has written. */
  text = '';
  /** Characters the model has written in all. */
  characters = 0;

  get stages(): readonly IReadingStage[] {
    return [...this._stages.values()];
  }

  /** As they were verified; one that a second reader changed stays in its place. */
  get claims(): Claim[] {
    return (this._list ??= [...this._claims.values()]);
  }

  /** The part of the work under way: the innermost that has begun. */
  get current(): IReadingStage | null {
    return this.stages.filter(({ state }) => state === 'started').pop() ?? null;
  }

  apply(event: StreamEvent): void {
    switch (event.type) {
      case 'stage_update':
        this._stage(event.payload, Date.parse(event.ts));
        break;
      case 'progress':
        this.pages = event.payload;
        break;
      case 'result':
        this._claims.set(event.payload.id, event.payload);
        this._list = null;
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
    if (
      update.stage === 'search' &&
      update.message &&
      update.message !== this.searches[this.searches.length - 1] &&
      this.searches.length < MAX_SEARCHES
    ) {
      this.searches.push(update.message);
    }
  }

  private _end(error: ErrorInfo | null, cancelled: boolean): void {
    this.failure = error;
    this.cancelled = cancelled;
    const last = this.notices[this.notices.length - 1];
    // What ended the reading is told as an event too; it is no notice.
    if (error && last && last.code === error.code && last.message === error.message) {
      this.notices.pop();
    }
  }

  private _stages = new Map<Stage, IReadingStage>();
  private _claims = new Map<string, Claim>();
  private _list: Claim[] | null = null;
}
