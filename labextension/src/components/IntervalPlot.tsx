import * as React from 'react';

import { claimedValue, number, observedValue, ticks } from '../format';
import type { Claim, ClaimVerdict } from '../schemas';
import { usePanel } from './context';
import { Button } from './parts';
import { verdictRowId } from './VerdictTable';
import { verdictNames } from './words';

const FOOT = 28;
const WIDE = 620;
/** Above so many rows an axis is drawn tighter. */
const MANY = 12;

type Scale = 'values' | 'gaps';

/**
 * One row a claim: the claimed value as a diamond on the range that it stands for, the observed mean as a dot on its
 * interval; or all claims on one axis, by how far the observed lies from the claimed.
 */
export function IntervalPlot({ verdicts }: { verdicts: ClaimVerdict[] }): React.JSX.Element {
  const { trans } = usePanel();
  const [scale, setScale] = React.useState<Scale>('values');
  const place = React.useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const seen = verdicts.filter(({ observed }) => observed);
  const relative = seen.filter(({ claim }) => claim.value !== 0);
  // Percent and fractions, errors and accuracies do not share an axis.
  const groups = new Map<string, IPlotRow[]>();
  if (scale === 'gaps') {
    const axis = trans.__('Observed less claimed, in percent of the claimed value');
    groups.set(axis, relative.map(rowOfGap));
  } else {
    for (const item of seen) {
      const key = axisOf(item.claim);
      groups.set(key, [...(groups.get(key) ?? []), rowOfValue(item)]);
    }
  }
  return (
    <div className="p2n-Plots" ref={place}>
      {seen.length > 1 && (
        <div className="p2n-Toolbar" role="group" aria-label={trans.__('Scale of the plot')}>
          {(['values', 'gaps'] as const).map(name => (
            <Button
              key={name}
              small
              kind="quiet"
              aria-pressed={scale === name}
              className={scale === name ? 'p2n-mod-set' : ''}
              onClick={() => setScale(name)}
            >
              {name === 'values' ? trans.__('By metric') : trans.__('Gaps on one axis')}
            </Button>
          ))}
        </div>
      )}
      {[...groups].map(([name, rows]) => (
        <Group key={name} name={name} rows={rows} width={width} />
      ))}
      {scale === 'gaps' && relative.length < seen.length && (
        <p className="p2n-Muted">
          {trans._n(
            '%1 claim of zero has no gap in percent.',
            '%1 claims of zero have no gap in percent.',
            seen.length - relative.length
          )}
        </p>
      )}
      <div className="p2n-Legend">
        <svg width="34" height="14" aria-hidden="true">
          <rect className="p2n-Plot-band" x="2" y="2" width="30" height="10" />
          <path className="p2n-Plot-claimed" d="M17 1l6 6-6 6-6-6z" />
        </svg>
        {trans.__('claimed, with its ± or the digits it is printed with')}
        <svg width="34" height="14" aria-hidden="true" className="p2n-Plot-neutral">
          <path className="p2n-Plot-interval" d="M2 7h30M2 3v8M32 3v8" />
          <circle className="p2n-Plot-mean" cx="17" cy="7" r="4" />
        </svg>
        {trans.__('observed mean and the interval that the rule used')}
      </div>
    </div>
  );
}

/** Numbers of one row, in the units of its axis. */
interface IPlotRow {
  item: ClaimVerdict;
  claimed: number;
  claimedLow: number;
  claimedHigh: number;
  mean: number;
  low: number;
  high: number;
}

function rowOfValue(item: ClaimVerdict): IPlotRow {
  const { claim, claimed, observed } = item;
  return {
    item,
    claimed: claim.value,
    claimedLow: claimed?.low ?? claim.value,
    claimedHigh: claimed?.high ?? claim.value,
    mean: observed!.mean,
    low: observed!.low,
    high: observed!.high
  };
}

export function rowOfGap(item: ClaimVerdict): IPlotRow {
  const { claimed, claimedLow, claimedHigh, mean, low, high } = rowOfValue(item);
  const percent = (value: number) => (100 * (value - claimed)) / Math.abs(claimed);
  return {
    item,
    claimed: 0,
    claimedLow: percent(claimedLow),
    claimedHigh: percent(claimedHigh),
    mean: percent(mean),
    low: percent(low),
    high: percent(high)
  };
}

function Group(props: { name: string; rows: IPlotRow[]; width: number }): React.JSX.Element {
  const { trans } = usePanel();
  const { name, rows, width } = props;
  const verdicts = verdictNames(trans);
  const narrow = width < WIDE;
  // Where there is no room beside the axis a label stands above its interval.
  const label = narrow ? 8 : Math.min(300, width * 0.32);
  const beside = narrow ? 0 : 92;
  const row = narrow ? 40 : rows.length > MANY ? 22 : 30;
  const numbers = rows.flatMap(entry => [
    entry.claimedLow,
    entry.claimedHigh,
    entry.low,
    entry.high,
    entry.mean
  ]);
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const margin = (most - least || Math.abs(most) * 0.02 || 1) * 0.06;
  const [low, high] = [least - margin, most + margin];
  const x = (value: number) =>
    label + 8 + ((value - low) / (high - low)) * (width - label - beside - 20);
  const height = rows.length * row + FOOT;
  const items = rows.map(({ item }) => item);
  const summary = items
    .map(({ claim, observed, verdict }) =>
      trans.__(
        '%1: claimed %2, observed %3, %4',
        claim.method,
        claimedValue(claim),
        observedValue(observed!, claim),
        verdicts[verdict]
      )
    )
    .join('; ');
  return (
    <figure className="p2n-Plot">
      <figcaption>{name}</figcaption>
      <svg width={width} height={height} role="img" aria-label={`${name}. ${summary}`}>
        {ticks(low, high, narrow ? 4 : 6).map(tick => (
          <g key={tick} className="p2n-Plot-tick">
            <line x1={x(tick)} x2={x(tick)} y1={0} y2={height - FOOT + 4} />
            <text x={x(tick)} y={height - FOOT + 19} textAnchor="middle">
              {number(tick)}
            </text>
          </g>
        ))}
        {rows.map((entry, index) => {
          const { claim, observed, verdict } = entry.item;
          const y = index * row + (narrow ? row - 12 : row / 2);
          const at = x(entry.claimed);
          const [from, to] = [x(entry.claimedLow), x(entry.claimedHigh)];
          const told = `${claimedValue(claim)} → ${observedValue(observed!, claim)}`;
          return (
            <g
              key={claim.id}
              className={`p2n-Plot-row p2n-mod-${verdict}`}
              onClick={() => leadTo(claim.id)}
            >
              <title>{`${claim.method}: ${told}, ${verdicts[verdict]}`}</title>
              <rect className="p2n-Plot-hit" x={0} y={index * row} width={width} height={row} />
              <text
                className="p2n-Plot-label"
                x={narrow ? 8 : label - 4}
                y={narrow ? y - 14 : y + 4}
                textAnchor={narrow ? 'start' : 'end'}
              >
                {short(labelOf(claim, items), narrow ? (width - 16) / 6.6 : label / 6.6)}
              </text>
              <rect
                className="p2n-Plot-band"
                x={from}
                y={y - 7}
                width={Math.max(to - from, 1)}
                height={14}
              />
              <path
                className="p2n-Plot-interval"
                d={`M${x(entry.low)} ${y}H${x(entry.high)}M${x(entry.low)} ${y - 5}v10M${x(entry.high)} ${y - 5}v10`}
              />
              <circle className="p2n-Plot-mean" cx={x(entry.mean)} cy={y} r={4.5} />
              <path className="p2n-Plot-claimed" d={`M${at} ${y - 6}l6 6l-6 6l-6 -6z`} />
              {!narrow && (
                <text className="p2n-Plot-verdict" x={width - beside} y={y + 4}>
                  {verdicts[verdict]}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

/** From a row of the plot to the row of the table. */
function leadTo(claimId: string): void {
  const row = document.getElementById(verdictRowId(claimId));
  row?.scrollIntoView({ block: 'center' });
  row?.focus({ preventScroll: true });
}

/** The width that there is, in CSS pixels: text keeps its size, and the axis gives way. */
function useWidth(place: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = React.useState(760);
  React.useLayoutEffect(() => {
    const node = place.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() => {
      if (node.clientWidth > 0) {
        setWidth(Math.max(240, Math.min(node.clientWidth, 960)));
      }
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [place]);
  return width;
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

function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.floor(most) - 1)}…` : text;
}
