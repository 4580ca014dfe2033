import * as React from 'react';

import { claimedValue, number, observedValue, ticks, words } from '../format';
import type { Claim, ClaimVerdict } from '../schemas';
import { usePanel } from './context';

const ROW = 30;
const LABEL = 210;
const VALUE = 84;
const WIDTH = 760;
const FOOT = 30;

/** One row a claim: the claimed value as a diamond, the observed mean as a dot on its interval. */
export function IntervalPlot({ verdicts }: { verdicts: ClaimVerdict[] }): React.JSX.Element {
  const { trans } = usePanel();
  // Percent and fractions, errors and accuracies do not share an axis.
  const groups = new Map<string, ClaimVerdict[]>();
  for (const item of verdicts) {
    if (item.observed) {
      const key = axisOf(item.claim);
      groups.set(key, [...(groups.get(key) ?? []), item]);
    }
  }
  return (
    <div className="p2n-Plots">
      {[...groups].map(([name, items]) => (
        <Group key={name} name={name} items={items} />
      ))}
      <div className="p2n-Legend">
        <svg width="14" height="14" aria-hidden="true">
          <path className="p2n-Plot-claimed" d="M7 1l6 6-6 6-6-6z" />
        </svg>
        {trans.__('claimed')}
        <svg width="34" height="14" aria-hidden="true" className="p2n-Plot-neutral">
          <path className="p2n-Plot-interval" d="M2 7h30M2 3v8M32 3v8" />
          <circle className="p2n-Plot-mean" cx="17" cy="7" r="4" />
        </svg>
        {trans.__('observed mean and the interval that the rule used')}
      </div>
    </div>
  );
}

function Group({ name, items }: { name: string; items: ClaimVerdict[] }): React.JSX.Element {
  const { trans } = usePanel();
  const numbers = items.flatMap(({ claim, observed }) => [
    claim.value,
    observed!.low,
    observed!.high,
    observed!.mean
  ]);
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const margin = (most - least || Math.abs(most) * 0.02 || 1) * 0.06;
  const [low, high] = [least - margin, most + margin];
  const x = (value: number) =>
    LABEL + ((value - low) / (high - low)) * (WIDTH - LABEL - VALUE - 16) + 8;
  const height = items.length * ROW + FOOT;
  const summary = items
    .map(
      ({ claim, observed, verdict }) =>
        `${claim.method}: ${trans.__('claimed')} ${claimedValue(claim)}, ` +
        `${trans.__('observed')} ${observedValue(observed!, claim)}, ${words(verdict)}`
    )
    .join('; ');
  return (
    <figure className="p2n-Plot">
      <figcaption>{name}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`${name}. ${summary}`}
        preserveAspectRatio="xMinYMin meet"
      >
        {ticks(low, high, 6).map(tick => (
          <g key={tick} className="p2n-Plot-tick">
            <line x1={x(tick)} x2={x(tick)} y1={0} y2={height - FOOT + 4} />
            <text x={x(tick)} y={height - FOOT + 20} textAnchor="middle">
              {number(tick)}
            </text>
          </g>
        ))}
        {items.map(({ claim, observed, verdict }, index) => {
          const y = index * ROW + ROW / 2;
          const at = x(claim.value);
          return (
            <g key={claim.id} className={`p2n-Plot-row p2n-mod-${verdict}`}>
              <title>{`${claim.method}: ${claimedValue(claim)} → ${observedValue(observed!, claim)}`}</title>
              <text className="p2n-Plot-label" x={LABEL - 8} y={y + 4} textAnchor="end">
                {short(labelOf(claim, items))}
              </text>
              <path
                className="p2n-Plot-interval"
                d={`M${x(observed!.low)} ${y}H${x(observed!.high)}M${x(observed!.low)} ${y - 5}v10M${x(observed!.high)} ${y - 5}v10`}
              />
              <circle className="p2n-Plot-mean" cx={x(observed!.mean)} cy={y} r={5} />
              <path className="p2n-Plot-claimed" d={`M${at} ${y - 6}l6 6l-6 6l-6 -6z`} />
              <text className="p2n-Plot-verdict" x={WIDTH - VALUE - 4} y={y + 4}>
                {words(verdict)}
              </text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

/** A method that stands twice on an axis is told apart by the place in the paper. */
function labelOf(claim: Claim, items: ClaimVerdict[]): string {
  const twice = items.filter(item => item.claim.method === claim.method).length > 1;
  return twice ? `${claim.method} (${claim.citation.label})` : claim.method;
}

/** "Test accuracy" on the split "test" and "accuracy" are one axis, on one dataset and in one unit. */
function axisOf(claim: Claim): string {
  const { metric, split, units, dataset } = claim;
  const prefix = split ? `${split.toLowerCase()} ` : '';
  const lower = metric.toLowerCase();
  const name = prefix && lower.startsWith(prefix) ? metric.slice(prefix.length) : metric;
  const shown = name.charAt(0).toUpperCase() + name.slice(1);
  return [units ? `${shown}, ${units}` : shown, dataset].filter(Boolean).join(' · ');
}

function short(text: string): string {
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
