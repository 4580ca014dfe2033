import type { TranslationBundle } from '@jupyterlab/translation';

import type { Claim, ClaimVerdict, MetricSpec, Observed, VerdictKind } from './schemas';

/** Seconds as a person says them: 0.42 s, 12.3 s, 3 min 05 s. */
export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return '–';
  }
  if (value < 1) {
    return `${value.toFixed(2)} s`;
  }
  if (value < 60) {
    return `${value.toFixed(1)} s`;
  }
  const whole = Math.round(value);
  const rest = String(whole % 60).padStart(2, '0');
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${rest} s`
    : `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${units[unit]}`;
}

/** A number with as many digits as help: four significant ones. */
export function number(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A fixed number of digits after the point, so that a column of figures lines up. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

/** Digits after the point in the printed value. */
export function printedDigits(printed: string): number {
  return /[.,](\d+)/.exec(printed)?.[1].length ?? 0;
}

export function claimedValue(claim: Claim): string {
  const units = claim.units && !claim.value_printed.includes(claim.units) ? ` ${claim.units}` : '';
  const spread =
    claim.uncertainty && !claim.value_printed.includes(claim.uncertainty.printed)
      ? ` ${claim.uncertainty.printed}`
      : '';
  return `${claim.value_printed}${spread}${units}`;
}

/** The observed mean with one digit more than the paper prints. */
export function observedValue(observed: Observed, claim: Claim): string {
  const digits = Math.min(6, printedDigits(claim.value_printed) + 1);
  const units = claim.units ? ` ${claim.units}` : '';
  return `${fixed(observed.mean, digits)}${units}`;
}

export function observedInterval(observed: Observed, claim: Claim): string {
  const digits = Math.min(6, printedDigits(claim.value_printed) + 1);
  return `${fixed(observed.low, digits)} – ${fixed(observed.high, digits)}`;
}

export function gap(value: number, claim: Claim): string {
  const digits = Math.min(6, printedDigits(claim.value_printed) + 1);
  const sign = value > 0 ? '+' : value < 0 ? '−' : '±';
  return `${sign}${fixed(Math.abs(value), digits)}`;
}

/** The gap in the metric's own unit, where the paper prints another one: percent of a fraction. */
export function metricGap(item: ClaimVerdict): string | null {
  if (item.gap === null || item.metric_gap === null || !item.metric_unit) {
    return null;
  }
  if (Math.abs(item.metric_gap - item.gap) < 1e-12) {
    return null;
  }
  const sign = item.metric_gap < 0 ? '−' : '+';
  return `${sign}${number(Math.abs(item.metric_gap))} (${item.metric ?? ''}, ${item.metric_unit})`;
}

export function goal(metric: MetricSpec): string {
  return `${number(metric.goal)} ± ${number(metric.tolerance)}`;
}

/** A name of the catalogue, such as a metric's, as words: top_5_error → top 5 error. */
export function words(name: string): string {
  return name.replace(/[_-]+/g, ' ');
}

export const VERDICTS: readonly VerdictKind[] = [
  'reproduced',
  'close',
  'not_reproduced',
  'not_comparable',
  'not_run'
];

export function ago(trans: TranslationBundle, iso: string, now = Date.now()): string {
  const past = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (past < 60) {
    return trans.__('just now');
  }
  if (past < 3600) {
    return trans.__('%1 min ago', Math.floor(past / 60));
  }
  if (past < 86400) {
    return trans.__('%1 h ago', Math.floor(past / 3600));
  }
  return iso.slice(0, 10);
}

/** Mean of a list that is not empty. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Evenly spaced round numbers that cover a range. */
export function ticks(low: number, high: number, count = 5): number[] {
  const span = high - low;
  if (!(span > 0)) {
    return [low];
  }
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= raw)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12))
  );
}
