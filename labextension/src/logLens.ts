import type { ILine, LogBuffer } from './log';

export interface ILensOptions {
  onlyErrors: boolean;
  /** Plain words, no pattern; empty: nothing is sought. */
  words: string;
  matchCase: boolean;
}

/** What is shown of a log and which lines hold the sought words; goes on as the log grows. */
export class LogLens {
  constructor(
    private _log: LogBuffer,
    private _options: ILensOptions
  ) {
    this.pattern = pattern(_options);
  }

  /** Matches one occurrence; null where nothing is sought. */
  readonly pattern: RegExp | null;

  /** Takes in what has come since, and lets go of what the log has dropped. */
  update(): void {
    const { total, dropped } = this._log;
    if (this._options.onlyErrors || this.pattern) {
      for (let number = Math.max(this._seen, dropped) + 1; number <= total; number++) {
        const line = this._log.at(number)!;
        if (this._options.onlyErrors) {
          if (line.stream !== 'stderr') {
            continue;
          }
          this._shown.push(number);
        }
        if (this.pattern?.test(line.text)) {
          this._hits.push(number);
        }
      }
      shift(this._shown, dropped);
      shift(this._hits, dropped);
    }
    this._seen = total;
  }

  /** Lines shown. */
  get length(): number {
    return this._options.onlyErrors ? this._shown.length : this._log.length;
  }

  slice(from: number, to: number): readonly ILine[] {
    return this._options.onlyErrors
      ? this._shown.slice(from, to).map(number => this._log.at(number)!)
      : this._log.slice(from, to);
  }

  /** Numbers of the shown lines that hold the words, ascending. */
  get hits(): readonly number[] {
    return this._hits;
  }

  /** The place among the shown lines of this line, or of the next that is shown. */
  placeOf(number: number): number {
    return this._options.onlyErrors
      ? atOrAfter(this._shown, number)
      : Math.max(0, number - 1 - this._log.dropped);
  }

  /** The number of the line at this place. */
  numberAt(place: number): number {
    return this._options.onlyErrors ? (this._shown[place] ?? 0) : place + 1 + this._log.dropped;
  }

  private _shown: number[] = [];
  private _hits: number[] = [];
  private _seen = 0;
}

/** The index of the first value that is not smaller; the length where all are. */
export function atOrAfter(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Text in turn without and with the words: at even places plain, at odd ones to be marked. */
export function parted(text: string, sought: RegExp | null): string[] {
  return sought ? text.split(new RegExp(`(${sought.source})`, sought.flags)) : [text];
}

function pattern({ words, matchCase }: ILensOptions): RegExp | null {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return words ? new RegExp(escaped, matchCase ? 'u' : 'iu') : null;
}

function shift(numbers: number[], dropped: number): void {
  if (numbers.length > 0 && numbers[0] <= dropped) {
    numbers.splice(0, atOrAfter(numbers, dropped + 1));
  }
}
