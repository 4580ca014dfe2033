import * as React from 'react';

import { number, words } from '../format';
import type { ISeries } from '../runFeed';
import { usePanel } from './context';

const WIDTH = 320;
const HEIGHT = 120;
const LEFT = 52;
const BOTTOM = 18;
const PAD = 6;
const COLOURS = 6;
const SHOWN = 12;

/** Metrics that a notebook reports step by step: one plot a metric, one line an experiment and repeat. */
export function Curves({ series }: { series: ISeries[] }): React.JSX.Element {
  const plots = new Map<string, ISeries[]>();
  for (const one of series) {
    const title = [words(one.name), one.split, one.dataset].filter(Boolean).join(', ');
    plots.set(title, [...(plots.get(title) ?? []), one]);
  }
  return (
    <div className="p2n-Curves">
      {[...plots].map(([title, lines]) => (
        <Plot key={title} title={title} lines={lines.slice(-SHOWN)} />
      ))}
    </div>
  );
}

function Plot({ title, lines }: { title: string; lines: ISeries[] }): React.JSX.Element {
  const { trans } = usePanel();
  const points = lines.flatMap(line => line.points);
  const [firstStep, lastStep] = extent(points.map(point => point.step));
  const [low, high] = extent(points.map(point => point.value));
  const x = (step: number) =>
    LEFT + ((step - firstStep) / (lastStep - firstStep || 1)) * (WIDTH - LEFT - PAD);
  const y = (value: number) =>
    PAD + (1 - (value - low) / (high - low || 1)) * (HEIGHT - BOTTOM - 2 * PAD);
  const experiments = lines.map(line => line.experiment).filter(Boolean);
  return (
    <figure className="p2n-Curves-plot">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={trans.__(
          '%1: from %2 to %3, step %4 to %5',
          title,
          number(low),
          number(high),
          firstStep,
          lastStep
        )}
      >
        <line className="p2n-Curves-axis" x1={LEFT} y1={PAD} x2={LEFT} y2={HEIGHT - BOTTOM} />
        <line
          className="p2n-Curves-axis"
          x1={LEFT}
          y1={HEIGHT - BOTTOM}
          x2={WIDTH - PAD}
          y2={HEIGHT - BOTTOM}
        />
        <text x={LEFT - 4} y={PAD + 9} textAnchor="end">
          {number(high)}
        </text>
        <text x={LEFT - 4} y={HEIGHT - BOTTOM} textAnchor="end">
          {number(low)}
        </text>
        <text x={LEFT} y={HEIGHT - 4}>
          {firstStep}
        </text>
        <text x={WIDTH - PAD} y={HEIGHT - 4} textAnchor="end">
          {trans.__('step %1', lastStep)}
        </text>
        {lines.map((line, index) => (
          <polyline
            key={line.key}
            className={`p2n-Curves-line p2n-mod-${index % COLOURS}`}
            points={line.points.map(point => `${x(point.step)},${y(point.value)}`).join(' ')}
          >
            <title>{`${line.experiment} #${line.repeat}`}</title>
          </polyline>
        ))}
      </svg>
      {new Set(experiments).size > 1 && (
        <ul className="p2n-Curves-key">
          {lines.map((line, index) => (
            <li key={line.key} className={`p2n-mod-${index % COLOURS}`}>
              {line.experiment}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function extent(values: number[]): [number, number] {
  // Not Math.min(...values): thousands of arguments break it.
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity]
  );
}
