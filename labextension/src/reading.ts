import type { Claim, Progress } from './schemas';
import type { StreamEvent } from './sse';
import { WorkState } from './work';

const MAX_SEARCHES = 100;

/** A reading that goes on: its pages, its file searches, and the claims as they are verified. */
export class ReadingState extends WorkState {
  pages: Progress | null = null;
  readonly searches: string[] = [];

  /** As they were verified; one that a second reader changed stays in its place. */
  get claims(): Claim[] {
    return (this._list ??= [...this._claims.values()]);
  }

  override apply(event: StreamEvent): void {
    super.apply(event);
    switch (event.type) {
      case 'stage_update':
        if (event.payload.stage === 'search') {
          this._search(event.payload.message);
        }
        break;
      case 'progress':
        this.pages = event.payload;
        break;
      case 'result':
        this._claims.set(event.payload.id, event.payload);
        this._list = null;
        break;
    }
  }

  private _search(words: string): void {
    if (
      words &&
      words !== this.searches[this.searches.length - 1] &&
      this.searches.length < MAX_SEARCHES
    ) {
      this.searches.push(words);
    }
  }

  private _claims = new Map<string, Claim>();
  private _list: Claim[] | null = null;
}
