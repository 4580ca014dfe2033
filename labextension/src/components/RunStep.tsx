import { runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PaperSession } from '../paperSession';
import { usePanel } from './context';
import { Button, Empty, Problem } from './parts';
import { RunView } from './RunView';

export function RunStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { plan, watch } = session;
  const { run, feed } = watch;
  const wanted =
    !session.report &&
    !session.busy.has('report') &&
    !session.problems.has('report') &&
    session.runs.some(({ status }) => status === 'succeeded');
  React.useEffect(() => {
    if (wanted) {
      // The history says what verdicts rest on each run.
      void session.loadReport();
    }
  }, [session, wanted]);
  if (!run || !feed) {
    return (
      <Empty title={trans.__('Nothing has been run yet')}>
        <p>
          {trans.__(
            'The notebook runs in a container without network, within the budget, and every line it prints appears here as it is printed.'
          )}
        </p>
        <Button
          kind="primary"
          icon={runIcon}
          disabled={!plan?.env_hash || watch.busy.has('dispatch')}
          onClick={() => void session.startRun()}
        >
          {trans.__('Run it')}
        </Button>
        {!plan?.env_hash && (
          <p className="p2n-Muted">{trans.__('The plan has to be materialized first.')}</p>
        )}
        {watch.problem && <Problem reason={watch.problem} />}
      </Empty>
    );
  }
  return (
    <RunView
      key={run.id}
      session={watch}
      run={run}
      feed={feed}
      verdicts={session.report?.verdicts}
    />
  );
}
