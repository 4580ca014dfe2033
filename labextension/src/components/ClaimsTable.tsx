import * as React from 'react';

import type { Column } from '../claimFilter';
import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import type { Claim, ClaimStatus } from '../schemas';
import { ClaimRow } from './ClaimRow';
import { usePanel } from './context';
import { Button } from './parts';

/** Rows drawn at first, and more at each press: a browser is slow with thousands. */
const PORTION = 250;

interface IProps {
  session: PaperSession;
  claims: readonly Claim[];
  selected: string | null;
  onProblem: (problem: IProblem | null) => void;
}

interface ITip {
  claim: Claim;
  style: React.CSSProperties;
}

export function ClaimsTable({ session, claims, selected, onProblem }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const desk = session.claims;
  const place = React.useRef<HTMLDivElement>(null);
  const [limit, setLimit] = React.useState(PORTION);
  const [tip, setTip] = React.useState<ITip | null>(null);
  const tipId = React.useId();
  const keysId = React.useId();
  const withReaders = desk.all.some(
    ({ readers }) => readers.length !== 1 || readers[0] !== 'offline'
  );
  const columns: [Column, string, boolean][] = [
    ['method', trans.__('Method'), true],
    ['dataset', trans.__('Dataset'), true],
    ['metric', trans.__('Metric'), true],
    ['value', trans.__('Value'), true],
    ['place', trans.__('Where'), true],
    ['confidence', trans.__('Sure'), true],
    ['readers', trans.__('Read by'), withReaders],
    ['status', trans.__('Status'), true]
  ];
  const anchor = React.useRef<string | null>(null);
  const onSelect = React.useCallback(
    (id: string, event: React.MouseEvent) => {
      if (event.shiftKey) {
        desk.chooseRange(anchor.current ?? id, id);
      } else {
        anchor.current = id;
        if (event.ctrlKey || event.metaKey) {
          desk.choose(id, !desk.chosen.has(id));
        }
      }
      desk.select(id);
    },
    [desk]
  );
  const onChoose = React.useCallback(
    (id: string, chosen: boolean) => desk.choose(id, chosen),
    [desk]
  );
  const onReasons = React.useCallback((claim: Claim, anchor: HTMLElement | null) => {
    const shown = anchor && place.current && claim.reasons.length > 0;
    setTip(shown ? { claim, style: beside(anchor, place.current) } : null);
  }, []);
  const go = (event: React.KeyboardEvent, next: Claim) => {
    desk.select(next.id);
    const rows = event.currentTarget.querySelectorAll<HTMLElement>('[data-claim]');
    [...rows].find(row => row.dataset.claim === next.id)?.focus();
  };
  const say = (claim: Claim, status: ClaimStatus) => {
    const ids = desk.chosen.has(claim.id) ? [...desk.chosen] : [claim.id];
    if (desk.reading === null) {
      void session.patchAll(ids, { status }).then(onProblem);
    }
  };
  const onKey = (event: React.KeyboardEvent) => {
    const index = claims.findIndex(({ id }) => id === selected);
    const current = claims[index];
    if (!current) {
      return;
    }
    const next = claims[target(event.key, index, Math.min(limit, claims.length))];
    const inField = (event.target as HTMLElement).tagName === 'INPUT';
    const command = event.ctrlKey || event.metaKey;
    if (next) {
      if (event.shiftKey) {
        anchor.current ??= current.id;
        desk.chooseRange(anchor.current, next.id);
      } else {
        anchor.current = next.id;
      }
      go(event, next);
    } else if (command && event.key === 'a') {
      desk.chooseAll(
        claims.map(({ id }) => id),
        true
      );
    } else if (command || event.altKey) {
      return;
    } else if (event.key === ' ' && !inField) {
      anchor.current = current.id;
      desk.choose(current.id, !desk.chosen.has(current.id));
    } else if (event.key === 'c') {
      say(current, 'confirmed');
    } else if (event.key === 'r') {
      say(current, 'rejected');
    } else if (event.key === 'Escape') {
      if (tip) {
        setTip(null);
      } else {
        desk.chooseAll([...desk.chosen], false);
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="p2n-ClaimsTable" ref={place}>
      <div className="p2n-TableFrame" onScroll={() => setTip(null)}>
        <table
          className="p2n-Table p2n-mod-selectable"
          aria-label={trans.__('Claims')}
          aria-describedby={keysId}
        >
          <thead>
            <tr>
              <th scope="col">
                <ChooseAll session={session} claims={claims} />
              </th>
              {columns
                .filter(([, , wanted]) => wanted)
                .map(([column, name]) => (
                  <Heading key={column} session={session} column={column} name={name} />
                ))}
            </tr>
          </thead>
          <tbody onKeyDown={onKey}>
            {claims.slice(0, limit).map(claim => (
              <ClaimRow
                key={claim.id}
                claim={claim}
                selected={claim.id === selected}
                chosen={desk.chosen.has(claim.id)}
                withReaders={withReaders}
                onSelect={onSelect}
                onChoose={onChoose}
                onReasons={onReasons}
              />
            ))}
          </tbody>
        </table>
        {claims.length === 0 && (
          <p className="p2n-Claims-none">{trans.__('No claim fits the filter.')}</p>
        )}
        {claims.length > limit && (
          <Button small kind="quiet" onClick={() => setLimit(limit + PORTION)}>
            {trans.__('Show more (%1 of %2 shown)', limit, claims.length)}
          </Button>
        )}
      </div>
      <p className="p2n-ClaimsTable-keys p2n-Muted" id={keysId}>
        {trans.__(
          'Keys in the table: ↑ ↓ move, Space chooses, Shift+↓ chooses on, Ctrl+A all, C confirms, R rejects, Esc lets go.'
        )}
      </p>
      {tip && (
        <div className="p2n-Tip" role="tooltip" id={tipId} style={tip.style}>
          <ul>
            {tip.claim.reasons.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Chooses what is shown, or lets it go. */
function ChooseAll(props: { session: PaperSession; claims: readonly Claim[] }) {
  const { trans } = usePanel();
  const desk = props.session.claims;
  const ids = props.claims.map(({ id }) => id);
  const count = ids.filter(id => desk.chosen.has(id)).length;
  const all = count > 0 && count === ids.length;
  return (
    <input
      type="checkbox"
      aria-label={trans.__('Choose all claims shown')}
      ref={node => {
        if (node) {
          node.indeterminate = count > 0 && !all;
        }
      }}
      checked={all}
      disabled={ids.length === 0}
      onChange={() => desk.chooseAll(ids, !all)}
    />
  );
}

function Heading(props: { session: PaperSession; column: Column; name: string }) {
  const { column, name } = props;
  const { claims } = props.session;
  const sort = claims.sort?.column === column ? claims.sort : null;
  return (
    <th
      scope="col"
      className={`p2n-mod-${column}`}
      aria-sort={sort ? (sort.down ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" onClick={() => claims.order(column)}>
        {name}
        <span aria-hidden="true">{sort ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

/** The row that a key leads to; -1: none. */
function target(key: string, index: number, count: number): number {
  switch (key) {
    case 'ArrowDown':
      return index + 1 < count ? index + 1 : -1;
    case 'ArrowUp':
      return index - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return -1;
  }
}

/** Below the anchor, or above it in the lower half; never cut off by the table's frame. */
function beside(anchor: HTMLElement, place: HTMLElement): React.CSSProperties {
  const [from, within] = [anchor.getBoundingClientRect(), place.getBoundingClientRect()];
  const right = Math.max(0, within.right - from.right);
  return from.top - within.top > within.height / 2
    ? { right, bottom: within.bottom - from.top + 4 }
    : { right, top: from.bottom - within.top + 4 };
}
