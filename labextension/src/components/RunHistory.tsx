import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ago, bytes, seconds, VERDICTS } from '../format';
import type { RunSession } from '../runSession';
import type { ClaimVerdict, Run, RunDeletionResult, VerdictKind } from '../schemas';
import { isLive } from '../status';
import { usePanel } from './context';
import { Button, Frame, RunBadge, Section } from './parts';
import { verdictNames } from './words';

const SHOWN = 50;

interface IProps {
  session: RunSession;
  /** The paper's verdicts, where there are some. */
  verdicts: readonly ClaimVerdict[];
}

/** All runs of a paper, or all notebooks': how each ended and what it takes, to be looked at or deleted. */
export function RunHistory({ session, verdicts }: IProps): React.JSX.Element | null {
  const { trans, confirm, workbench } = usePanel();
  const [chosen, setChosen] = React.useState<ReadonlySet<string>>(new Set());
  const [sizes, setSizes] = React.useState<ReadonlyMap<string, number>>(new Map());
  const [result, setResult] = React.useState<RunDeletionResult | null>(null);
  const { runs } = session;
  const names = verdictNames(trans);
  const count = runs.length;

  // What the events take too; until it is known, the artifacts alone.
  React.useEffect(() => {
    let wanted = true;
    workbench.api.storage().then(
      ({ items }) => {
        if (wanted) {
          const own = items.filter(({ kind, size_bytes }) => kind === 'run' && size_bytes !== null);
          setSizes(new Map(own.map(({ id, size_bytes }) => [id, size_bytes ?? 0])));
        }
      },
      () => undefined
    );
    return () => {
      wanted = false;
    };
  }, [workbench, count]);

  if (count === 0) {
    return null;
  }
  const sizeOf = (run: Run) =>
    sizes.get(run.id) ?? run.artifacts.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const total = (some: readonly Run[]) => bytes(some.reduce((sum, run) => sum + sizeOf(run), 0));
  const ended = runs.filter(run => !isLive(run.status));
  const wanted = ended.filter(run => chosen.has(run.id));
  const choose = (some: readonly Run[], on: boolean) => {
    const next = new Set(chosen);
    some.forEach(({ id }) => (on ? next.add(id) : next.delete(id)));
    setChosen(next);
  };
  const remove = async () => {
    const agreed = await confirm(
      trans._n('Delete %1 run?', 'Delete %1 runs?', wanted.length),
      trans.__(
        'Logs, metrics and artifacts are removed for good: %1. Verdicts that rest on them are gone too.',
        total(wanted)
      ),
      trans.__('Delete')
    );
    if (agreed) {
      setResult(await session.removeMany(wanted.map(({ id }) => id)));
      setChosen(new Set());
    }
  };
  return (
    <Section
      title={trans.__('History')}
      aside={
        <span className="p2n-Count">
          {trans._n('%1 run, %2', '%1 runs, %2', count, total(runs))}
        </span>
      }
    >
      <Frame label={trans.__('Runs so far')}>
        <table className="p2n-Table p2n-mod-selectable" aria-label={trans.__('Runs so far')}>
          <thead>
            <tr>
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label={trans.__('Choose all runs that have ended')}
                  checked={wanted.length > 0 && wanted.length === ended.length}
                  disabled={ended.length === 0}
                  onChange={event => choose(ended, event.target.checked)}
                />
              </th>
              <th scope="col">{trans.__('Run')}</th>
              <th scope="col">{trans.__('Status')}</th>
              <th scope="col">{trans.__('Begun')}</th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('Duration')}
              </th>
              <th scope="col">{trans.__('Verdicts')}</th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('Space')}
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, SHOWN).map((run, index) => (
              <tr key={run.id} aria-selected={run.id === session.runId}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={trans.__('Choose run %1', count - index)}
                    checked={chosen.has(run.id)}
                    disabled={isLive(run.status) || session.busy.has('delete')}
                    onChange={event => choose([run], event.target.checked)}
                  />
                </td>
                <td>
                  <Button small kind="quiet" onClick={() => session.select(run.id)} title={run.id}>
                    {`#${count - index}`}
                  </Button>
                  {run.plan_id && run.notebook_edited && (
                    <span className="p2n-Muted"> {trans.__('edited by hand')}</span>
                  )}
                </td>
                <td>
                  <RunBadge status={run.status} />
                  {run.error && <div className="p2n-Muted">{run.error.code}</div>}
                </td>
                <td className="p2n-Nowrap">{ago(trans, run.created_at)}</td>
                <td className="p2n-mod-value">{seconds(run.duration_seconds)}</td>
                <td>{counted(run, verdicts, names) || <span className="p2n-Muted">–</span>}</td>
                <td className="p2n-mod-value">{bytes(sizeOf(run))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Frame>
      {count > SHOWN && <p className="p2n-Muted">{trans.__('and %1 older ones', count - SHOWN)}</p>}
      {wanted.length > 0 && (
        <Button
          small
          kind="danger"
          icon={deleteIcon}
          disabled={session.busy.has('delete')}
          onClick={() => void remove()}
        >
          {trans._n('Delete %1 run (%2)', 'Delete %1 runs (%2)', wanted.length, total(wanted))}
        </Button>
      )}
      {result && (
        <p className="p2n-Muted" role="status">
          {trans._n(
            '%1 run deleted, %2 freed.',
            '%1 runs deleted, %2 freed.',
            result.deleted.length,
            bytes(result.bytes_freed)
          )}
          {result.kept.map(({ run_id, reason }) => (
            <span key={run_id}> {trans.__('%1 stays: %2', run_id, reason.message)}</span>
          ))}
        </p>
      )}
    </Section>
  );
}

/** How many of each verdict rest on a run. */
function counted(
  run: Run,
  verdicts: readonly ClaimVerdict[],
  names: Record<VerdictKind, string>
): string {
  const own = verdicts.filter(
    ({ verdict, run_ids }) => verdict !== 'not_run' && run_ids.includes(run.id)
  );
  return VERDICTS.map(kind => [own.filter(({ verdict }) => verdict === kind).length, kind] as const)
    .filter(([number]) => number > 0)
    .map(([number, kind]) => `${number} ${names[kind]}`)
    .join(', ');
}
