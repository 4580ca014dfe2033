import * as React from 'react';

import { claimedValue, words } from '../format';
import type { PaperSession } from '../paperSession';
import type { Claim, ClaimStatus } from '../schemas';
import { usePanel } from './context';
import { Badge } from './parts';

type Column =
  'method' | 'dataset' | 'metric' | 'split' | 'value' | 'page' | 'confidence' | 'status';

const STATUS_TONE: Record<ClaimStatus, 'neutral' | 'good' | 'info' | 'bad'> = {
  proposed: 'neutral',
  confirmed: 'good',
  corrected: 'info',
  rejected: 'bad'
};

function keyOf(claim: Claim, column: Column): string | number {
  switch (column) {
    case 'page':
      return claim.citation.page;
    case 'value':
    case 'confidence':
      return claim[column];
    default:
      return (claim[column] ?? '').toLowerCase();
  }
}

interface IProps {
  session: PaperSession;
  claims: Claim[];
  selected: string | null;
  onSelect: (id: string) => void;
}

export function ClaimsTable({ session, claims, selected, onSelect }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const rows = React.useRef(new Map<string, HTMLTableRowElement>());
  const [sort, setSort] = React.useState<{ column: Column; down: boolean } | null>(null);
  const columns: [Column, string][] = [
    ['method', trans.__('Method')],
    ['dataset', trans.__('Dataset')],
    ['metric', trans.__('Metric')],
    ['split', trans.__('Split')],
    ['value', trans.__('Value')],
    ['page', trans.__('Page')],
    ['confidence', trans.__('Sure')],
    ['status', trans.__('Status')]
  ];
  const ordered = sort
    ? [...claims].sort((a, b) => {
        const [x, y] = [keyOf(a, sort.column), keyOf(b, sort.column)];
        return (x < y ? -1 : x > y ? 1 : 0) * (sort.down ? -1 : 1);
      })
    : claims;
  const onKey = (event: React.KeyboardEvent, index: number) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = ordered[index + step];
    if (step !== 0 && next) {
      event.preventDefault();
      onSelect(next.id);
      rows.current.get(next.id)?.focus();
    }
  };
  return (
    <div className="p2n-TableFrame">
      <table className="p2n-Table p2n-mod-selectable" aria-label={trans.__('Claims')}>
        <thead>
          <tr>
            <th scope="col">
              <span className="p2n-Visually-hidden">{trans.__('Chosen for the plan')}</span>
            </th>
            {columns.map(([column, name]) => (
              <th
                key={column}
                scope="col"
                className={`p2n-mod-${column}`}
                aria-sort={
                  sort?.column === column ? (sort.down ? 'descending' : 'ascending') : 'none'
                }
              >
                <button
                  type="button"
                  onClick={() =>
                    setSort(
                      sort?.column !== column
                        ? { column, down: false }
                        : sort.down
                          ? null
                          : { column, down: true }
                    )
                  }
                >
                  {name}
                  <span aria-hidden="true">
                    {sort?.column === column ? (sort.down ? ' ↓' : ' ↑') : ''}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.map((claim, index) => (
            <tr
              key={claim.id}
              ref={node => {
                if (node) {
                  rows.current.set(claim.id, node);
                } else {
                  rows.current.delete(claim.id);
                }
              }}
              tabIndex={claim.id === selected ? 0 : -1}
              aria-selected={claim.id === selected}
              className={`p2n-mod-${claim.status}`}
              onClick={() => onSelect(claim.id)}
              onKeyDown={event => onKey(event, index)}
            >
              <td>
                <input
                  type="checkbox"
                  aria-label={trans.__('Plan %1, %2', claim.method, claim.metric)}
                  checked={session.chosen.has(claim.id)}
                  disabled={claim.status === 'rejected'}
                  onClick={event => event.stopPropagation()}
                  onChange={event => session.choose(claim.id, event.target.checked)}
                />
              </td>
              <td className="p2n-mod-method">
                {claim.headline && (
                  <span title={trans.__('also stands in the abstract')} aria-label="headline">
                    ★{' '}
                  </span>
                )}
                {claim.method}
              </td>
              <td>{claim.dataset ?? <i className="p2n-Muted">{trans.__('not stated')}</i>}</td>
              <td>{claim.metric}</td>
              <td>{claim.split ?? ''}</td>
              <td className="p2n-mod-value">{claimedValue(claim)}</td>
              <td className="p2n-mod-page">{claim.citation.page}</td>
              <td className="p2n-mod-confidence" title={claim.reasons.join('\n')}>
                {Math.round(claim.confidence * 100)} %
              </td>
              <td>
                <Badge tone={STATUS_TONE[claim.status]}>{words(claim.status)}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
