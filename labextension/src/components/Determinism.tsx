import * as React from 'react';

import type { Api } from '../api';
import { number } from '../format';
import { IProblem, problemOf, RequestError } from '../request';
import type {
  CellDifference,
  Comparison,
  DeterminismValidation,
  Run,
  ValidationStatus
} from '../schemas';
import { usePanel } from './context';
import { Badge, Bar, Button, Frame, Problem, Section } from './parts';
import { certaintyNames, validationNames } from './words';

const POLL_MILLISECONDS = 1500;
const METRICS_SHOWN = 8;
const RUNS = 3;

const TONE: Record<ValidationStatus, 'good' | 'bad' | 'neutral' | 'accent'> = {
  running: 'accent',
  identical: 'good',
  different: 'bad',
  failed: 'bad',
  cancelled: 'neutral'
};

interface IValidation {
  found: DeterminismValidation | null;
  problem: IProblem | null;
  busy: boolean;
  check: () => void;
  stop: () => void;
}

/** The newest validation of a run, asked for anew while it goes on. */
function useValidation(api: Api, runId: string): IValidation {
  const { trans } = usePanel();
  const [found, setFound] = React.useState<DeterminismValidation | null>(null);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const [busy, setBusy] = React.useState(false);
  const shown = React.useRef(true);

  const ask = React.useCallback(
    async (work: () => Promise<DeterminismValidation>) => {
      try {
        const answer = await work();
        if (shown.current) {
          setFound(answer);
          setProblem(null);
        }
      } catch (reason) {
        const isNew = reason instanceof RequestError && reason.status === 404;
        if (shown.current && !isNew) {
          setProblem(problemOf(reason, trans));
        }
      }
    },
    [setFound, setProblem, trans]
  );

  React.useEffect(() => {
    shown.current = true;
    void ask(() => api.determinism(runId));
    return () => {
      shown.current = false;
    };
  }, [api, ask, runId]);

  const running = found?.status === 'running';
  React.useEffect(() => {
    if (!running) {
      return;
    }
    const timer = setInterval(() => void ask(() => api.determinism(runId)), POLL_MILLISECONDS);
    return () => clearInterval(timer);
  }, [api, ask, runId, running]);

  const act = (work: () => Promise<DeterminismValidation>) => {
    setBusy(true);
    void ask(work).finally(() => shown.current && setBusy(false));
  };
  return {
    found,
    problem,
    busy,
    check: () => act(() => api.validateDeterminism(runId, RUNS)),
    stop: () => act(() => api.cancelDeterminism(runId))
  };
}

/** Whether a run that has ended gives the same bytes again, and where it does not and why. */
export function Determinism({ api, run }: { api: Api; run: Run }): React.JSX.Element {
  const { trans } = usePanel();
  const { found, problem, busy, check, stop } = useValidation(api, run.id);
  const running = found?.status === 'running';
  const fresh = found?.runs.filter(entry => !entry.original) ?? [];
  const ended = fresh.filter(entry => !['queued', 'running'].includes(entry.status)).length;
  const aside = running ? (
    <Button small kind="danger" disabled={busy} onClick={stop}>
      {trans.__('Stop')}
    </Button>
  ) : (
    <Button small disabled={busy} onClick={check}>
      {found ? trans.__('Check again') : trans.__('Check determinism')}
    </Button>
  );
  return (
    <Section title={trans.__('Determinism')} aside={aside}>
      {problem && <Problem reason={problem} />}
      {!found && !problem && (
        <p className="p2n-Muted">
          {trans.__(
            'Runs the same notebook with the same seed %1 times more and compares the bytes of metrics.json.',
            RUNS
          )}
        </p>
      )}
      {found && (
        <p role="status">
          <Badge tone={TONE[found.status]}>{validationNames(trans)[found.status]}</Badge>{' '}
          {running && trans.__('%1 of %2 runs have ended', ended, found.wanted)}
          {found.status === 'identical' &&
            trans.__('%1 of %1 runs gave the same bytes of metrics.json.', fresh.length)}
          {found.status === 'different' &&
            trans.__('The runs gave different bytes of metrics.json.')}
        </p>
      )}
      {running && <Bar value={ended / found.wanted} label={trans.__('Runs that have ended')} />}
      {found?.error && <Problem reason={found.error} />}
      {found?.comparison && found.status !== 'identical' && (
        <Difference comparison={found.comparison} names={found.runs.map(entry => entry.run_id)} />
      )}
    </Section>
  );
}

function Difference(props: { comparison: Comparison; names: string[] }): React.JSX.Element {
  const { trans } = usePanel();
  const { comparison, names } = props;
  const certainties = certaintyNames(trans);
  const name = (runId: string) => {
    const place = names.indexOf(runId);
    return place === 0 ? trans.__('this run') : trans.__('run %1', place);
  };
  return (
    <div className="p2n-Determinism">
      {comparison.metrics.length > 0 && (
        <Frame label={trans.__('Metrics that differ')}>
          <table className="p2n-Table">
            <caption>
              {trans.__(
                '%1 of %2 metrics differ',
                comparison.metrics_different,
                comparison.metrics_compared
              )}
            </caption>
            <thead>
              <tr>
                <th scope="col">{trans.__('Metric')}</th>
                <th scope="col">{trans.__('By')}</th>
                <th scope="col">{trans.__('Values')}</th>
              </tr>
            </thead>
            <tbody>
              {comparison.metrics.slice(0, METRICS_SHOWN).map((metric, index) => (
                <tr key={index}>
                  <th scope="row">
                    {[metric.name, metric.experiment, metric.split].filter(Boolean).join(', ')}
                  </th>
                  <td>{number(metric.spread)}</td>
                  <td>{metric.values.map(value => value ?? '–').join(' · ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Frame>
      )}
      {comparison.first && <Sides first={comparison.first} name={name} />}
      {comparison.causes.map(cause => (
        <div className="p2n-Determinism-cause" key={cause.code}>
          <div>
            <Badge tone={cause.certainty === 'possible' ? 'neutral' : 'fair'}>
              {certainties[cause.certainty]}
            </Badge>{' '}
            {cause.message} <code>{cause.code}</code>
          </div>
          {cause.evidence.map(seen => (
            <div key={`${seen.cell}:${seen.line}`}>
              <span className="p2n-Muted">
                {trans.__('cell %1, line %2', seen.cell + 1, seen.line)}
              </span>{' '}
              <code>{seen.code}</code>
            </div>
          ))}
          <div>→ {cause.remedy}</div>
        </div>
      ))}
    </div>
  );
}

/** The first cell that differs, as two runs show it. */
function Sides(props: { first: CellDifference; name: (runId: string) => string }) {
  const { trans } = usePanel();
  const { first, name } = props;
  const count = Math.max(first.left.length, first.right.length);
  return (
    <Frame label={trans.__('The first cell that differs')}>
      <table className="p2n-Table p2n-Determinism-sides">
        <caption>
          {trans.__('First cell that differs: %1 (%2)', first.cell + 1, first.label)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{name(first.left_run)}</th>
            <th scope="col">{name(first.right_run)}</th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: count }, (_, at) => {
            const [left, right] = [first.left[at], first.right[at]];
            const [same, end] = shared(left ?? '', right ?? '');
            return (
              <tr key={at} className={left === right ? '' : 'p2n-mod-unlike'}>
                <td>
                  <Marked text={left} from={same} end={end} />
                </td>
                <td>
                  <Marked text={right} from={same} end={end} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Frame>
  );
}

/** How many characters two lines have in common at their beginnings, and at their ends behind those. */
export function shared(left: string, right: string): [number, number] {
  const most = Math.min(left.length, right.length);
  let begin = 0;
  while (begin < most && left[begin] === right[begin]) {
    begin += 1;
  }
  let end = 0;
  while (end < most - begin && left[left.length - 1 - end] === right[right.length - 1 - end]) {
    end += 1;
  }
  return [begin, end];
}

/** A line with what the other one does not have marked. */
function Marked(props: { text: string | undefined; from: number; end: number }) {
  const { text = '', from, end } = props;
  const to = text.length - end;
  return (
    <code>
      {text.slice(0, from)}
      {to > from && <mark>{text.slice(from, to)}</mark>}
      {text.slice(to)}
    </code>
  );
}
