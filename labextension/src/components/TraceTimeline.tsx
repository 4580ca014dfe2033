import * as React from 'react';

import { seconds, ticks } from '../format';
import type { RunTrace, TraceSpan } from '../schemas';
import { type ITraceRow, shownRows, wholeSeconds } from '../trace';
import { usePanel } from './context';
import { processNames, spanName, spanStates } from './traceWords';

const INDENT = 14;
/** Deeper than that names would have no room. */
const MOST_INDENT = 6;

interface IProps {
  trace: RunTrace;
  rows: readonly ITraceRow[];
}

/** A bar a span on the run's time, nested as the work was; arrow keys go through it as through a tree. */
export function TraceTimeline({ trace, rows }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const [closed, setClosed] = React.useState<ReadonlySet<string>>(new Set());
  const [looked, setLooked] = React.useState<string | null>(null);
  const [processes, states] = [processNames(trans), spanStates(trans)];
  const whole = wholeSeconds(trace);
  const shown = shownRows(rows, closed);
  const place = Math.max(
    0,
    shown.findIndex(index => rows[index].span.span_id === looked)
  );
  const current = rows[shown[place]];
  const used = [...new Set(rows.map(({ span }) => span.process))];

  const toggle = (id: string, open: boolean) => {
    const next = new Set(closed);
    if (open) {
      next.delete(id);
    } else {
      next.add(id);
    }
    setClosed(next);
  };
  const onKey = (event: React.KeyboardEvent<HTMLElement>) => {
    const id = current.span.span_id;
    const isOpen = current.hasChildren && !closed.has(id);
    let next = place;
    switch (event.key) {
      case 'ArrowDown':
        next = Math.min(place + 1, shown.length - 1);
        break;
      case 'ArrowUp':
        next = Math.max(place - 1, 0);
        break;
      case 'Home':
        next = 0;
        break;
      case 'End':
        next = shown.length - 1;
        break;
      case 'ArrowRight':
        if (current.hasChildren && !isOpen) {
          toggle(id, true);
        } else if (isOpen) {
          next = place + 1;
        }
        break;
      case 'ArrowLeft':
        if (isOpen) {
          toggle(id, false);
        } else if (current.parent >= 0) {
          next = shown.indexOf(current.parent);
        }
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
    setLooked(rows[shown[next]].span.span_id);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=treeitem]')[next]?.focus();
  };

  return (
    <div className="p2n-TraceTimeline">
      <ul className="p2n-TraceTimeline-legend" aria-hidden="true">
        {used.map(process => (
          <li key={process}>
            <span className={`p2n-TraceTimeline-key p2n-mod-${process}`} />
            {processes[process] ?? process}
          </li>
        ))}
      </ul>
      <div className="p2n-TraceTimeline-axis" aria-hidden="true">
        {ticks(0, whole, 5).map(tick => (
          <span key={tick} style={{ left: `${(100 * tick) / whole}%` }}>
            {tick === 0 ? '0' : seconds(tick)}
          </span>
        ))}
      </div>
      <div
        className="p2n-TraceTimeline-rows"
        role="tree"
        aria-label={trans.__('Where the time went; arrow keys move, open and close')}
        onKeyDown={onKey}
      >
        {shown.map((index, at) => {
          const { span, count, seconds: took, end, hasChildren } = rows[index];
          const isOpen = !closed.has(span.span_id);
          const name = spanName(trans, span) + (count > 1 ? ` × ${count}` : '');
          const begin = Math.min(span.offset_seconds, whole);
          return (
            <div
              key={span.span_id}
              role="treeitem"
              className={`p2n-TraceTimeline-row p2n-mod-${span.status}`}
              aria-level={span.depth + 1}
              aria-expanded={hasChildren ? isOpen : undefined}
              aria-selected={at === place}
              aria-label={trans.__(
                '%1, %2, begins after %3, took %4, %5',
                name,
                processes[span.process] ?? span.process,
                seconds(span.offset_seconds),
                seconds(took),
                states[span.status]
              )}
              tabIndex={at === place ? 0 : -1}
              onFocus={() => setLooked(span.span_id)}
              onClick={() => setLooked(span.span_id)}
              onDoubleClick={() => hasChildren && toggle(span.span_id, !isOpen)}
            >
              <span
                className="p2n-TraceTimeline-name"
                style={{ paddingLeft: INDENT * Math.min(span.depth, MOST_INDENT) }}
                title={span.name}
              >
                <span
                  className="p2n-TraceTimeline-caret"
                  aria-hidden="true"
                  onClick={() => hasChildren && toggle(span.span_id, !isOpen)}
                >
                  {hasChildren ? (isOpen ? '▾' : '▸') : ''}
                </span>
                {name}
              </span>
              <span className="p2n-TraceTimeline-track" aria-hidden="true">
                <span
                  className={`p2n-TraceTimeline-bar p2n-mod-${span.process}`}
                  style={{
                    left: `${(100 * begin) / whole}%`,
                    width: `${(100 * Math.max(0, Math.min(end, whole) - begin)) / whole}%`
                  }}
                />
              </span>
              <span className="p2n-TraceTimeline-took">{seconds(took)}</span>
            </div>
          );
        })}
      </div>
      {current && <SpanDetails span={current.span} />}
    </div>
  );
}

/** What the span that is looked at says of itself, as text. */
function SpanDetails({ span }: { span: TraceSpan }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <div className="p2n-TraceTimeline-details" aria-live="polite">
      <div>
        <code>{span.name}</code>
        {span.message && <span className="p2n-TraceTimeline-message"> {span.message}</span>}
      </div>
      <dl className="p2n-Facts p2n-mod-narrow">
        {Object.entries(span.attributes).map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </React.Fragment>
        ))}
        {span.events.map((event, index) => (
          <React.Fragment key={`event ${index}`}>
            <dt>{trans.__('at %1', seconds(event.offset_seconds))}</dt>
            <dd>
              {event.name} {Object.values(event.attributes).map(String).join(', ')}
            </dd>
          </React.Fragment>
        ))}
      </dl>
    </div>
  );
}
