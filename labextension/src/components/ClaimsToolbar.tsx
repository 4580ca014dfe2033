import { checkIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ExportKind } from '../claimExport';
import { type Facet, FACETS, isFiltering, NO_FILTER, optionsOf } from '../claimFilter';
import type { ClaimsSession } from '../claimsSession';
import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import type { Claim, ClaimStatus } from '../schemas';
import { usePanel } from './context';
import { Button, Problem } from './parts';
import { facetNames, statusNames } from './words';

/** What narrows the list: any words, and the paper's own values. */
export function ClaimsFilters({ claims }: { claims: ClaimsSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { filter } = claims;
  return (
    <div className="p2n-Toolbar p2n-Filters" role="search" aria-label={trans.__('Filter claims')}>
      <input
        type="search"
        className="jp-mod-styled p2n-Filter"
        placeholder={trans.__('Filter by any word …')}
        aria-label={trans.__('Filter claims by words')}
        value={filter.text}
        onChange={event => claims.narrow({ text: event.target.value })}
      />
      {FACETS.map(facet => (
        <FacetSelect key={facet} claims={claims} facet={facet} />
      ))}
      {isFiltering(filter) && (
        <Button small kind="quiet" onClick={() => claims.narrow(NO_FILTER)}>
          {trans.__('Show all')}
        </Button>
      )}
    </div>
  );
}

interface IProps {
  session: PaperSession;
  shown: readonly Claim[];
  onProblem: (problem: IProblem | null) => void;
}

/** What can be done with the claims that are shown, and with those that are chosen. */
export function ClaimsToolbar({ session, shown, onProblem }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { all, chosen, plannable, busy } = session.claims;
  const say = (status: ClaimStatus) =>
    void session.patchAll([...chosen], { status }).then(onProblem);
  return (
    <div className="p2n-Toolbar">
      <span className="p2n-Muted" role="status">
        {shown.length < all.length
          ? trans.__('%1 of %2 claims', shown.length, all.length)
          : trans._n('%1 claim', '%1 claims', all.length)}
        {chosen.size > 0 && `, ${trans._n('%1 chosen', '%1 chosen', chosen.size)}`}
      </span>
      {chosen.size > 0 && (
        <span
          className="p2n-Export"
          role="group"
          aria-label={trans._n(
            'Your word on the %1 claim chosen',
            'Your word on the %1 claims chosen',
            chosen.size
          )}
        >
          <Button
            small
            icon={checkIcon}
            aria-disabled={busy.size > 0}
            aria-label={trans.__('Confirm the chosen')}
            onClick={() => busy.size === 0 && say('confirmed')}
          >
            {trans.__('Confirm')}
          </Button>
          <Button
            small
            icon={closeIcon}
            aria-disabled={busy.size > 0}
            aria-label={trans.__('Reject the chosen')}
            onClick={() => busy.size === 0 && say('rejected')}
          >
            {trans.__('Reject')}
          </Button>
          <Button
            small
            kind="quiet"
            aria-label={trans.__('Choose none')}
            onClick={() => session.claims.chooseAll([...chosen], false)}
          >
            {trans.__('None')}
          </Button>
        </span>
      )}
      <span className="p2n-Spacer" />
      <ExportButtons session={session} count={shown.length} />
      <Button
        small
        onClick={() => {
          session.show('plan');
          void session.makePlan();
        }}
        disabled={session.busy.has('plan') || (chosen.size > 0 && plannable.length === 0)}
      >
        {chosen.size > 0
          ? trans._n('Plan %1 claim', 'Plan %1 claims', plannable.length)
          : trans.__('Plan all')}
      </Button>
    </div>
  );
}

function FacetSelect(props: { claims: ClaimsSession; facet: Facet }): React.JSX.Element {
  const { claims, facet } = props;
  const { trans } = usePanel();
  const name = facetNames(trans)[facet];
  const { all, filter } = claims;
  const options = React.useMemo(() => optionsOf(all, filter, facet), [all, filter, facet]);
  const label = (value: string) =>
    value === ''
      ? trans.__('not stated')
      : facet === 'status'
        ? statusNames(trans)[value as ClaimStatus]
        : value;
  // A paper's own word may be any text, "any" too: values carry a mark before them.
  return (
    <select
      className={`jp-mod-styled p2n-Facet${filter[facet] === null ? '' : ' p2n-mod-set'}`}
      aria-label={trans.__('Filter: %1', name)}
      value={filter[facet] === null ? 'any' : `=${filter[facet]}`}
      onChange={event => {
        const { value } = event.target;
        claims.narrow({ [facet]: value === 'any' ? null : value.slice(1) });
      }}
    >
      <option value="any">{trans.__('%1: any', name)}</option>
      {options.map(({ value, count }) => (
        <option key={value} value={`=${value}`}>
          {`${label(value)} (${count})`}
        </option>
      ))}
    </select>
  );
}

function ExportButtons(props: { session: PaperSession; count: number }): React.JSX.Element {
  const { session, count } = props;
  const { trans } = usePanel();
  const [reason, setReason] = React.useState<unknown>(null);
  const keep = (kind: ExportKind) => {
    setReason(null);
    session.claims.export(kind, session.paper!.filename).catch(setReason);
  };
  return (
    <>
      <span
        className="p2n-Export"
        role="group"
        aria-label={trans._n('Export the claim shown', 'Export the %1 claims shown', count)}
      >
        <span className="p2n-Muted">{trans.__('Export')}</span>
        {(['csv', 'json'] as const).map(kind => (
          <Button
            key={kind}
            small
            disabled={count === 0}
            title={trans._n('Save the claim shown', 'Save the %1 claims shown', count)}
            onClick={() => keep(kind)}
          >
            {kind.toUpperCase()}
          </Button>
        ))}
      </span>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
    </>
  );
}
