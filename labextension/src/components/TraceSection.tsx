import * as React from 'react';

import type { Api } from '../api';
import type { Run, RunTrace } from '../schemas';
import { isLive } from '../status';
import { rowsOf } from '../trace';
import { usePanel } from './context';
import { Button, Problem, Spinner } from './parts';
import { TraceTable } from './TraceTable';
import { TraceTimeline } from './TraceTimeline';

const POLL_MILLISECONDS = 2000;

/** The trace of a run, asked for when somebody opens it, and anew while it is not complete. */
function useTrace(api: Api, run: Run, open: boolean) {
  const [trace, setTrace] = React.useState<RunTrace | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);
  const [asked, setAsked] = React.useState(0);
  const live = isLive(run.status);
  React.useEffect(() => {
    if (!open) {
      return;
    }
    let wanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const found = await api.trace(run.id);
        if (wanted) {
          setTrace(found);
          setReason(null);
          timer = live ? setTimeout(() => void load(), POLL_MILLISECONDS) : undefined;
        }
      } catch (error) {
        if (wanted) {
          setReason(error);
        }
      }
    };
    void load();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [api, run.id, live, open, asked]);
  return { trace, reason, again: () => setAsked(asked + 1) };
}

/** Where a run's time went, process by process: drawn, or as a table. */
export function TraceSection({ api, run }: { api: Api; run: Run }): React.JSX.Element {
  const { trans } = usePanel();
  const [open, setOpen] = React.useState(false);
  const [face, setFace] = React.useState<'timeline' | 'table'>('timeline');
  const { trace, reason, again } = useTrace(api, run, open);
  const rows = React.useMemo(() => (trace ? rowsOf(trace) : []), [trace]);
  const faces = { timeline: trans.__('Timeline'), table: trans.__('Table') };
  return (
    <details
      className="p2n-Details p2n-Trace"
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('Where the time went')}</summary>
      {reason !== null && <Problem reason={reason} onRetry={again} />}
      {open && !trace && reason === null && <Spinner />}
      {trace && trace.spans.length === 0 && (
        <p className="p2n-Muted">{trans.__('No trace of this run was kept.')}</p>
      )}
      {trace && trace.spans.length > 0 && (
        <>
          <div className="p2n-Toolbar">
            <span role="group" aria-label={trans.__('How the trace is shown')}>
              {(['timeline', 'table'] as const).map(name => (
                <Button
                  key={name}
                  small
                  kind="quiet"
                  aria-pressed={face === name}
                  className={face === name ? 'p2n-mod-set' : ''}
                  onClick={() => setFace(name)}
                >
                  {faces[name]}
                </Button>
              ))}
            </span>
            <span className="p2n-Muted">
              {trans._n('%1 step', '%1 steps', trace.spans.length)}
              {!trace.complete && `, ${trans.__('not complete')}`}
            </span>
          </div>
          {face === 'timeline' ? (
            <TraceTimeline trace={trace} rows={rows} />
          ) : (
            <TraceTable rows={rows} />
          )}
        </>
      )}
    </details>
  );
}
