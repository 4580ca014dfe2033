import * as React from 'react';

import { seconds } from '../format';
import type { ICell, RunState } from '../runFeed';
import { usePanel } from './context';
import { Bar } from './parts';
import { type Progressed, progressNames } from './words';

/** More cells than this are a bar: nobody can hit a sliver. */
const MOST = 150;

interface IProps {
  state: RunState;
  live: boolean;
  now: number;
  /** Brings the first line that a cell printed into view. */
  onLine: (line: number) => void;
}

/** How far the notebook is, cell by cell; a cell leads to its lines. */
export function CellStrip({ state, live, now, onLine }: IProps): React.JSX.Element | null {
  const { trans } = usePanel();
  const states = progressNames(trans);
  const [focused, setFocused] = React.useState(0);
  const { cells, cellStates } = state;
  if (!cells) {
    return null;
  }
  // The cell that was told of last, as people count.
  const place = cells.cell === null ? cells.done : cells.cell + 1;
  const said =
    cells.state === 'failed'
      ? trans.__('cell %1 of %2 failed', place, cells.total)
      : trans.__('cell %1 of %2', place, cells.total);
  const onKey = (event: React.KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = focused + by;
    if (by !== 0 && next >= 0 && next < cells.total) {
      event.preventDefault();
      setFocused(next);
      event.currentTarget.querySelectorAll('button')[next]?.focus();
    }
  };
  return (
    <div className="p2n-Cells">
      {cells.total > MOST ? (
        <Bar value={state.fraction} label={said} />
      ) : (
        <div
          className="p2n-CellStrip"
          role="group"
          aria-label={trans.__('Cells of the notebook')}
          onKeyDown={onKey}
        >
          {Array.from({ length: cells.total }, (_, index) => {
            const cell = cellStates.get(index);
            const line = cell?.line ?? null;
            const status: Progressed = cell
              ? cell.state === 'started' && !live
                ? 'cut'
                : cell.state
              : 'todo';
            const words = [
              trans.__('Cell %1 of %2', index + 1, cells.total),
              cell?.label,
              cell && took(cell, live, now),
              status !== 'completed' && states[status]
            ];
            const about = words.filter(Boolean).join(', ');
            return (
              <button
                key={index}
                type="button"
                className={`p2n-CellStrip-cell p2n-mod-${status}`}
                title={about}
                aria-label={about}
                aria-disabled={line === null}
                tabIndex={index === focused ? 0 : -1}
                onFocus={() => setFocused(index)}
                onClick={() => line !== null && onLine(line)}
              />
            );
          })}
        </div>
      )}
      <span className="p2n-Cells-said">
        {said}
        {live && cells.label && <span className="p2n-Muted"> {cells.label}</span>}
      </span>
    </div>
  );
}

function took({ seconds: whole, startedAt }: ICell, live: boolean, now: number): string {
  return whole !== null
    ? seconds(whole)
    : live && startedAt !== null
      ? seconds(Math.max(0, (now - startedAt) / 1000))
      : '';
}
