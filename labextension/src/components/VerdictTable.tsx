import * as React from 'react';

import { claimedValue, gap, metricGap, observedInterval, observedValue } from '../format';
import type { ClaimVerdict } from '../schemas';
import {
  type IVerdictSort,
  nextSort,
  sorted,
  VERDICT_COLUMNS,
  type VerdictColumn
} from '../verdictOrder';
import { usePanel } from './context';
import { Badge, Button, FidelityBadge, Frame, VerdictBadge } from './parts';
import { VerdictDetails } from './VerdictDetails';

/** Where the plot leads to. */
export function verdictRowId(claimId: string): string {
  return `p2n-verdict-${claimId}`;
}

const COLUMNS = 9;
const FIGURES: readonly string[] = ['claimed', 'observed', 'gap'];

/** One row a claim, in any order; each opens to what the verdict rests on. */
export function VerdictTable({ verdicts }: { verdicts: ClaimVerdict[] }): React.JSX.Element {
  const { trans } = usePanel();
  const [sort, setSort] = React.useState<IVerdictSort | null>(null);
  const names: Record<VerdictColumn, string> = {
    verdict: trans.__('Verdict'),
    method: trans.__('Method'),
    metric: trans.__('Metric'),
    claimed: trans.__('Claimed'),
    observed: trans.__('Observed'),
    gap: trans.__('Gap'),
    fidelity: trans.__('Fidelity'),
    plan: trans.__('Plan')
  };
  const heading = (column: VerdictColumn) => {
    const own = sort?.column === column ? sort : null;
    return (
      <th
        key={column}
        scope="col"
        className={FIGURES.includes(column) ? 'p2n-mod-value' : undefined}
        aria-sort={own ? (own.down ? 'descending' : 'ascending') : 'none'}
      >
        <button type="button" onClick={() => setSort(nextSort(sort, column))}>
          {names[column]}
          <span aria-hidden="true">{own ? (own.down ? ' ↓' : ' ↑') : ''}</span>
        </button>
      </th>
    );
  };
  return (
    <Frame label={trans.__('Table of verdicts')}>
      <table className="p2n-Table p2n-VerdictTable" aria-label={trans.__('Verdicts')}>
        <thead>
          <tr>
            {VERDICT_COLUMNS.slice(0, 5).map(heading)}
            <th scope="col" className="p2n-mod-value">
              {trans.__('Interval')}
            </th>
            {VERDICT_COLUMNS.slice(5).map(heading)}
          </tr>
        </thead>
        <tbody>
          {sorted(verdicts, sort).map(item => (
            <VerdictRows key={item.claim.id} item={item} />
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function VerdictRows({ item }: { item: ClaimVerdict }): React.JSX.Element {
  const { trans } = usePanel();
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const { claim, observed } = item;
  return (
    <>
      <tr id={verdictRowId(claim.id)} tabIndex={-1}>
        <td>
          <VerdictBadge verdict={item.verdict} title={item.rule} />
        </td>
        <td>
          <b>{claim.method}</b>
          {item.whose !== 'not_stated' && (
            <div className="p2n-Muted">
              {item.whose === 'own_method' ? trans.__("this paper's") : trans.__('a baseline')}
            </div>
          )}
        </td>
        <td>
          {claim.metric}
          <div className="p2n-Muted">
            {[claim.dataset, claim.split].filter(Boolean).join(', ')}
            {` (${claim.citation.label}, ${trans.__('page %1', claim.citation.page)})`}
          </div>
        </td>
        <td className="p2n-mod-value">{claimedValue(claim)}</td>
        <td className="p2n-mod-value">
          {observed ? (
            <>
              {observedValue(observed, claim)}
              <div className="p2n-Muted">n = {observed.n}</div>
            </>
          ) : (
            '–'
          )}
        </td>
        <td className="p2n-mod-value">{observed ? observedInterval(observed, claim) : '–'}</td>
        <td className="p2n-mod-value" title={metricGap(item) ?? undefined}>
          {item.gap !== null ? gap(item.gap, claim) : '–'}
        </td>
        <td>
          {item.fidelity && (
            <FidelityBadge fidelity={item.fidelity} reasons={item.fidelity_reasons} />
          )}
          {item.notebook_edited && (
            <div className="p2n-Muted">{trans.__('notebook edited by hand')}</div>
          )}
        </td>
        <td className="p2n-Muted" title={item.plan_id ?? undefined}>
          {item.plan_version !== null && trans.__('version %1', item.plan_version)}
        </td>
      </tr>
      <tr className="p2n-VerdictTable-why">
        <td>
          <Button
            small
            kind="quiet"
            aria-expanded={open}
            aria-controls={id}
            aria-label={trans.__('What the verdict on %1 rests on', claim.method)}
            onClick={() => setOpen(!open)}
          >
            {open ? trans.__('Less') : trans.__('Why')}
          </Button>
        </td>
        <td colSpan={COLUMNS - 1} id={id}>
          {item.reason ?? item.rule}
          {item.contradictions.length > 0 && (
            <>
              {' '}
              <Badge tone="fair">{trans.__('the paper contradicts itself here')}</Badge>
            </>
          )}
          {open && <VerdictDetails item={item} />}
        </td>
      </tr>
    </>
  );
}
