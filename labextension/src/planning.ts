import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { Api } from './api';
import { RequestError } from './request';
import type { Plan, PlanRequest } from './schemas';
import { isFinal, pause, type StreamEvent } from './sse';
import { WorkState } from './work';

const MAX_CODE = 100;
const ASK_MS = 3000;
const ASKS = 60;

/** A planning that goes on. */
export class PlanningState extends WorkState {
  plan: Plan | null = null;
  /** What became of each method whose code a model wrote. */
  readonly code: { message: string; failed: boolean }[] = [];
  /** The server has taken it up: it goes on though nobody looks. */
  begun = false;

  override apply(event: StreamEvent): void {
    super.apply(event);
    this.begun = true;
    if (event.type === 'plan') {
      this.plan = event.payload;
    } else if (event.type === 'stage_update') {
      const { stage, state, message } = event.payload;
      if (stage === 'code' && state !== 'started' && this.code.length < MAX_CODE) {
        this.code.push({ message, failed: state === 'failed' });
      }
    }
  }
}

/** Has plans of one paper made, and keeps what is told meanwhile. */
export class Planning implements IDisposable {
  constructor(
    private _api: Api,
    readonly paperId: string,
    private _askMilliseconds = ASK_MS
  ) {}

  /** The planning that goes on; null when none does. */
  state: PlanningState | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  /** Resolves to the new plan, `known` being those there were; raises RequestError. */
  async make(request: PlanRequest, known: ReadonlySet<string>): Promise<Plan> {
    const state = (this.state = new PlanningState());
    this._changed.emit();
    try {
      await this._api.plan(this.paperId, request, {
        signal: this._abort.signal,
        onEvent: event => {
          state.apply(event);
          this._announce();
        }
      });
    } catch (reason) {
      if (!state.begun || isFinal(reason)) {
        throw reason;
      }
      state.plan = await this._arrived(known, reason);
    } finally {
      this.state = null;
      this._changed.emit();
    }
    if (state.plan) {
      return state.plan;
    }
    const { trans } = this._api;
    throw RequestError.of(
      state.failure ?? {
        code: 'E_INTERNAL',
        message: trans.__('The planning was stopped.'),
        remediation: trans.__('Make the plan again.'),
        detail: {}
      }
    );
  }

  /** The plan of a planning whose connection was lost; raises `lost` where it does not come. */
  private async _arrived(known: ReadonlySet<string>, lost: unknown): Promise<Plan> {
    const { signal } = this._abort;
    for (let asked = 0; asked < ASKS && !signal.aborted; asked++) {
      await pause(this._askMilliseconds, signal);
      const plans = await this._api.plans(this.paperId).catch(() => []);
      const found = plans.find(({ id }) => !known.has(id));
      if (found) {
        return found;
      }
    }
    throw lost;
  }

  /** At most once in 40 ms, however fast a model writes. */
  private _announce(): void {
    if (!this._due) {
      this._due = true;
      setTimeout(() => {
        this._due = false;
        this._changed.emit();
      }, 40);
    }
  }

  private readonly _abort = new AbortController();
  private _due = false;
  private _changed = new Signal<this, void>(this);
}
