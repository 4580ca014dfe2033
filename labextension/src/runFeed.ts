import type { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { LogBuffer } from './log';
import type { IProblem } from './request';
import type { IFollower, RunStream } from './runStream';
import type { End, Progress, SamplePrediction, Stage, StageUpdate } from './schemas';
import type { ConnectionState, StreamEvent } from './sse';

export interface IStage extends StageUpdate {
  startedAt: number | null;
}

/** One code cell of the notebook as far as it has come. */
export interface ICell {
  index: number;
  label: string;
  state: Progress['state'];
  startedAt: number | null;
  seconds: number | null;
  /** Number of the first line that it printed. */
  line: number | null;
}

export interface IMetric {
  key: string;
  name: string;
  split: string;
  dataset: string;
  experiment: string;
  values: number[];
}

/** A metric that is reported step by step, one curve a repeat. */
export interface ISeries {
  key: string;
  name: string;
  split: string;
  dataset: string;
  experiment: string;
  repeat: number;
  points: { step: number; value: number }[];
}

const STAGES: readonly Stage[] = ['queued', 'environment', 'datasets', 'execution', 'upload'];
const MAX_VALUES = 2000;

/** Everything that a run's events say, kept as it comes; pure, so that it can be tested. */
export class RunState {
  constructor(maxLines?: number, trans?: TranslationBundle) {
    this.log = new LogBuffer(maxLines, trans);
  }

  readonly log: LogBuffer;
  readonly stages = new Map<Stage, IStage>();
  readonly metrics = new Map<string, IMetric>();
  readonly series = new Map<string, ISeries>();
  readonly cellStates = new Map<number, ICell>();
  cells: Progress | null = null;
  predictions: SamplePrediction | null = null;
  problem: IProblem | null = null;
  end: End | null = null;
  seq = 0;

  apply(event: StreamEvent): void {
    this.seq = event.seq;
    switch (event.type) {
      case 'stage_update': {
        const known = this.stages.get(event.payload.stage);
        const time = Date.parse(event.ts);
        this._leaveQueue(event.payload.stage, time);
        this.stages.set(event.payload.stage, {
          ...event.payload,
          message: event.payload.message || known?.message || '',
          startedAt: event.payload.state === 'started' ? time : (known?.startedAt ?? null)
        });
        break;
      }
      case 'progress':
        if (event.payload.unit === 'cell') {
          this.cells = event.payload;
          this._cell(event.payload, Date.parse(event.ts));
        }
        break;
      case 'log_line':
        this._firstLine(event.payload.cell);
        this.log.append(event.payload);
        break;
      case 'metric_update':
        this._metric(event.payload);
        break;
      case 'sample_pred':
        this.predictions = event.payload;
        break;
      case 'error':
        this.problem = event.payload;
        break;
      case 'end':
        this.end = event.payload;
        this.problem = event.payload.error ?? this.problem;
        break;
      default:
        break;
    }
  }

  /** The stages of a run in their order, those not reached yet included. */
  timeline(): { stage: Stage; update: IStage | null }[] {
    return STAGES.map(stage => ({ stage, update: this.stages.get(stage) ?? null }));
  }

  /** The stage that is under way. */
  get current(): IStage | null {
    return [...this.stages.values()].reverse().find(({ state }) => state === 'started') ?? null;
  }

  /** Share of the cells that are through, 0 to 1; null before the first is known. */
  get fraction(): number | null {
    return this.cells && this.cells.total > 0 ? this.cells.done / this.cells.total : null;
  }

  /** Nobody says that the wait is over but the stage that comes after it. */
  private _leaveQueue(stage: Stage, time: number): void {
    const queued = this.stages.get('queued');
    if (stage !== 'queued' && queued?.state === 'started') {
      const seconds = queued.startedAt === null ? null : (time - queued.startedAt) / 1000;
      this.stages.set('queued', { ...queued, state: 'completed', seconds });
    }
  }

  private _cell(progress: Progress, time: number): void {
    const { cell: index, state, label } = progress;
    if (index === null || index === undefined) {
      return;
    }
    const known = this.cellStates.get(index);
    const startedAt = state === 'started' ? time : (known?.startedAt ?? null);
    this.cellStates.set(index, {
      index,
      label: label || known?.label || '',
      state,
      startedAt,
      seconds: state === 'started' || startedAt === null ? null : (time - startedAt) / 1000,
      line: known?.line ?? null
    });
  }

  private _firstLine(index: number | null | undefined): void {
    const cell = index === null || index === undefined ? undefined : this.cellStates.get(index);
    if (cell && cell.line === null) {
      this.cellStates.set(cell.index, { ...cell, line: this.log.total + 1 });
    }
  }

  private _metric(payload: Extract<StreamEvent, { type: 'metric_update' }>['payload']): void {
    const { step, value, ...about } = payload;
    const key = [payload.experiment, payload.name, payload.split, payload.dataset].join('\n');
    if (step !== null) {
      const seriesKey = `${key}\n${payload.repeat}`;
      const series = this.series.get(seriesKey) ?? { ...about, key: seriesKey, points: [] };
      series.points.push({ step, value });
      if (series.points.length > MAX_VALUES) {
        // Every other point: the curve keeps its shape, and memory its bound.
        series.points = series.points.filter((_, index) => index % 2 === 1);
      }
      this.series.set(seriesKey, series);
      return;
    }
    const metric = this.metrics.get(key) ?? {
      key,
      name: payload.name,
      split: payload.split,
      dataset: payload.dataset,
      experiment: payload.experiment,
      values: []
    };
    if (metric.values.length < MAX_VALUES) {
      metric.values.push(value);
    }
    this.metrics.set(key, metric);
  }
}

/** One run's events on their way to the eye: follows the tab's stream while somebody looks. */
export class RunFeed implements IFollower {
  constructor(
    private _stream: RunStream,
    readonly runId: string,
    maxLines?: number,
    trans?: TranslationBundle
  ) {
    this.state = new RunState(maxLines, trans);
  }

  readonly state: RunState;
  connection: ConnectionState = 'connecting';
  /** Why the stream cannot be followed. */
  failure: IProblem | null = null;

  /** At most once a frame, however fast events come. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted once, when the run's last event has come. */
  get ended(): ISignal<this, End> {
    return this._ended;
  }

  get seq(): number {
    return this.state.seq;
  }

  get isWatched(): boolean {
    return this._viewers > 0;
  }

  retain(): void {
    this._viewers += 1;
    if (this._viewers === 1) {
      this.retry();
    }
  }

  release(): void {
    this._viewers -= 1;
    if (this._viewers === 0) {
      this._stream.leave(this);
    }
  }

  /** Follows again what could not be followed. */
  retry(): void {
    this.failure = null;
    if (!this.state.end) {
      this._stream.follow(this);
    }
  }

  take(event: StreamEvent): void {
    this.state.apply(event);
    this._announce();
    if (event.type === 'end') {
      this._ended.emit(event.payload);
    }
  }

  onState(state: ConnectionState): void {
    this.connection = state;
    this._announce();
  }

  fail(problem: IProblem): void {
    this.failure = problem;
    this._announce();
  }

  private _announce(): void {
    if (this._due) {
      return;
    }
    this._due = true;
    // Not requestAnimationFrame: it stands still in a hidden tab, and what waits for it with it.
    setTimeout(() => {
      this._due = false;
      this._changed.emit();
    }, 40);
  }

  private _viewers = 0;
  private _due = false;
  private _changed = new Signal<this, void>(this);
  private _ended = new Signal<this, End>(this);
}
