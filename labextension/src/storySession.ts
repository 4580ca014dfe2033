import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { Api } from './api';
import { type IProblem, problemOf, RequestError } from './request';
import type { Storyboard } from './schemas';

/** The story of one paper: told, turned over page by page, and brought up to date. */
export class StorySession implements IDisposable {
  constructor(
    private _api: Api,
    readonly paperId: string
  ) {}

  story: Storyboard | null = null;
  /** From 0. */
  page = 0;
  busy = false;
  problem: IProblem | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    Signal.clearData(this);
  }

  /** Looks whether the paper has a story; it need not. */
  load(): Promise<void> {
    return this._guard(async () => {
      try {
        this._take(await this._api.story(this.paperId));
      } catch (reason) {
        if (!(reason instanceof RequestError && reason.status === 404)) {
          throw reason;
        }
        this._take(null);
      }
    });
  }

  /** Tells the paper as a story, anew where there is one. */
  tell(): Promise<void> {
    return this._work(async () => {
      this._take(await this._api.tellStory(this.paperId));
      this.page = 0;
    });
  }

  /** After a run: the scoreboard is told anew by itself, unless that would take pages from the model that wrote them. */
  async catchUp(): Promise<void> {
    await this.load();
    if (this.story?.stale && this.story.author === 'offline') {
      await this.refresh();
    }
  }

  /** Brings the story up to date with claims, plans and runs. */
  refresh(): Promise<void> {
    const { story } = this;
    return this._work(async () => {
      if (story) {
        this._take(await this._api.refreshStory(story.id));
      }
    });
  }

  /** Turns to a page; before the first and after the last there is none. */
  turn(page: number): void {
    const last = (this.story?.pages.length ?? 1) - 1;
    this.page = Math.min(last, Math.max(0, page));
    this._changed.emit();
  }

  dismiss(): void {
    this.problem = null;
    this._changed.emit();
  }

  private _take(story: Storyboard | null): void {
    this.story = story;
    this.page = Math.min(this.page, Math.max(0, (story?.pages.length ?? 1) - 1));
  }

  private async _work(work: () => Promise<void>): Promise<void> {
    if (this.busy) {
      return;
    }
    this.busy = true;
    await this._guard(work).finally(() => {
      this.busy = false;
      this._changed.emit();
    });
  }

  private async _guard(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    this._changed.emit();
    try {
      await work();
    } catch (reason) {
      this.problem = problemOf(reason, this._api.trans);
    } finally {
      this._changed.emit();
    }
  }

  private _disposed = false;
  private _changed = new Signal<this, void>(this);
}
