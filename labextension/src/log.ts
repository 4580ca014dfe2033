import { nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import type { LogLine } from './schemas';

export type LogStream = LogLine['stream'];

export interface ILine {
  /** 1-based number in the whole log, dropped lines counted. */
  number: number;
  text: string;
  stream: LogStream;
  cell: number | null;
}

// Colours and cursor moves of terminals: CSI sequences, OSC sequences, single escapes.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
const MAX_CHARACTERS = 4000;

/** The newest lines of a log; memory is bounded, and appending costs the same however long it is. */
export class LogBuffer {
  constructor(
    readonly bound = 100000,
    private _trans: TranslationBundle = nullTranslator.load('p2n')
  ) {}

  append(entry: LogLine): void {
    this._errors += entry.stream === 'stderr' ? entry.lines.length : 0;
    for (const raw of entry.lines) {
      this._total += 1;
      this._lines.push({
        number: this._total,
        text: readable(raw),
        stream: entry.stream,
        cell: entry.cell
      });
    }
    if (entry.truncated) {
      this._total += 1;
      this._lines.push({
        number: this._total,
        text: this._trans.__('… output was cut here: the bound was reached'),
        stream: 'system',
        cell: entry.cell
      });
    }
    // Dropping a tenth at once keeps the cost of the shift off most appends.
    if (this._lines.length > this.bound * 1.1) {
      this._lines.splice(0, this._lines.length - this.bound);
    }
  }

  slice(from: number, to: number): readonly ILine[] {
    return this._lines.slice(from, to);
  }

  /** The line with this number; undefined where it was dropped or has not come. */
  at(number: number): ILine | undefined {
    return this._lines[number - 1 - this.dropped];
  }

  /** Lines on stderr so far, dropped ones counted. */
  get errors(): number {
    return this._errors;
  }

  get length(): number {
    return this._lines.length;
  }

  get total(): number {
    return this._total;
  }

  get dropped(): number {
    return this._total - this._lines.length;
  }

  private _lines: ILine[] = [];
  private _total = 0;
  private _errors = 0;
}

/** A line as a terminal would leave it: escapes gone, what a carriage return overwrote gone. */
export function readable(raw: string): string {
  const text = raw.replace(ESCAPES, '').replace(/\r+$/, '');
  const shown = text.slice(text.lastIndexOf('\r') + 1);
  return shown.length > MAX_CHARACTERS ? shown.slice(0, MAX_CHARACTERS) + ' …' : shown;
}

export interface IWindow {
  first: number;
  /** Exclusive. */
  last: number;
}

/** The lines worth having in the DOM: those in view and a few beside. */
export function windowOf(
  scrollTop: number,
  height: number,
  lineHeight: number,
  count: number,
  overscan = 20
): IWindow {
  const visible = Math.ceil(Math.max(height, lineHeight) / lineHeight);
  const top = Math.max(0, Math.min(Math.floor(scrollTop / lineHeight), count - 1));
  return {
    first: Math.max(0, top - overscan),
    last: Math.min(count, top + visible + overscan)
  };
}
