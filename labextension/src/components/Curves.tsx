import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

import { number, words } from '../format';
import type { ISeries } from '../runFeed';
import { Chart } from './Chart';
import { usePanel } from './context';

const LINES = 12;
const POINTS = 400;

/**
 * Metrics that a notebook reports step by step: one chart a metric, one line an experiment and repeat.
 * Drawn anew when `beat` changes, not with each number.
 */
export function Curves(props: { series: ISeries[]; beat: unknown }): React.JSX.Element {
  const { trans } = usePanel();
  const { series, beat } = props;
  const plots = React.useMemo(
    () => plotsOf(series),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [beat, series.length]
  );
  return (
    <div className="p2n-Curves">
      {plots.map(({ title, low, high, first, last, specification }) => (
        <figure key={title} className="p2n-Curves-plot">
          <figcaption>{title}</figcaption>
          <Chart
            specification={specification}
            label={trans.__(
              '%1: from %2 to %3, step %4 to %5',
              title,
              number(low),
              number(high),
              first,
              last
            )}
          />
        </figure>
      ))}
    </div>
  );
}

export interface IPlot {
  title: string;
  low: number;
  high: number;
  first: number;
  last: number;
  specification: ReadonlyPartialJSONObject;
}

export function plotsOf(series: readonly ISeries[]): IPlot[] {
  const groups = new Map<string, ISeries[]>();
  for (const one of series) {
    const title = [words(one.name), one.split, one.dataset].filter(Boolean).join(', ');
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  return [...groups].map(([title, all]) => plot(title, all.slice(-LINES)));
}

function plot(title: string, lines: readonly ISeries[]): IPlot {
  const several = new Set(lines.map(({ experiment }) => experiment)).size > 1;
  const values = lines.flatMap(({ experiment, repeat, points }) =>
    thinned(points).map(({ step, value }) => ({ step, value, experiment, repeat }))
  );
  const [first, last] = extent(values.map(({ step }) => step));
  const [low, high] = extent(values.map(({ value }) => value));
  return {
    title,
    first,
    last,
    low,
    high,
    specification: {
      $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
      width: 'container',
      height: 140,
      autosize: { type: 'fit', contains: 'padding' },
      data: { values },
      mark: { type: 'line', strokeWidth: 1.8, point: values.length <= 2 * lines.length },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          // Steps are whole: no tick between two of them.
          axis: { title: null, format: 'd', tickCount: 5, tickMinStep: 1 }
        },
        y: {
          field: 'value',
          type: 'quantitative',
          scale: { zero: false },
          axis: { title: null, tickCount: 4 }
        },
        color: {
          field: 'experiment',
          type: 'nominal',
          legend: several ? { title: null, orient: 'bottom', columns: 2 } : null
        },
        detail: { field: 'repeat' },
        tooltip: ['experiment', 'repeat', 'step', 'value'].map(field => ({ field }))
      }
    }
  };
}

/** Evenly spaced points with the first and the last: more than a chart has pixels for help nobody. */
export function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= POINTS) {
    return points;
  }
  const stride = (points.length - 1) / (POINTS - 1);
  return Array.from({ length: POINTS }, (_, index) => points[Math.round(index * stride)]);
}

function extent(values: number[]): [number, number] {
  // Not Math.min(...values): thousands of arguments break it.
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity]
  );
}
