import * as React from 'react';

import { windowOf } from '../log';
import type { RunFeed } from '../runFeed';
import { usePanel } from './context';
import { Button } from './parts';

const LINE_HEIGHT = 18;

/** A run's lines as they come. Only those in view are in the DOM, so that 100,000 stay smooth. */
export function LogView({ feed, live }: { feed: RunFeed; live: boolean }): React.JSX.Element {
  const { trans } = usePanel();
  const { log } = feed.state;
  const view = React.useRef<HTMLDivElement>(null);
  const [follow, setFollow] = React.useState(true);
  const [place, setPlace] = React.useState({ top: 0, height: 320 });
  const count = log.length;

  React.useLayoutEffect(() => {
    const node = view.current;
    if (node && follow) {
      node.scrollTop = node.scrollHeight;
      setPlace(old => moved(old, node));
    }
  }, [count, follow, log.total]);

  React.useLayoutEffect(() => {
    const node = view.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() => setPlace(old => moved(old, node)));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);

  const { first, last } = windowOf(place.top, place.height, LINE_HEIGHT, count);
  const digits = String(log.total).length;
  return (
    <section className="p2n-Log" aria-label={trans.__('Live log')}>
      <header className="p2n-Log-head">
        <h3>{trans.__('Log')}</h3>
        <span className="p2n-Count">{trans._n('%1 line', '%1 lines', log.total)}</span>
        {log.dropped > 0 && (
          <span className="p2n-Muted">
            {trans.__('the first %1 are in logs.txt only', log.dropped)}
          </span>
        )}
        <span className="p2n-Spacer" />
        <Button
          small
          kind="quiet"
          aria-pressed={follow}
          className={follow ? 'p2n-mod-on' : ''}
          onClick={() => setFollow(!follow)}
        >
          {follow ? trans.__('Following') : trans.__('Follow')}
        </Button>
      </header>
      <div
        ref={view}
        className="p2n-Log-view"
        role="log"
        aria-live="off"
        aria-label={trans.__('Lines of the run')}
        tabIndex={0}
        onScroll={event => {
          const node = event.currentTarget;
          const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < LINE_HEIGHT * 2;
          // Scrolling up is the wish to read; coming back to the end is the wish to follow.
          setFollow(atEnd);
          setPlace(old => moved(old, node));
        }}
      >
        <div className="p2n-Log-space" style={{ height: count * LINE_HEIGHT }}>
          <div className="p2n-Log-window" style={{ top: first * LINE_HEIGHT }}>
            {log.slice(first, last).map(line => (
              <div key={line.number} className={`p2n-Log-line p2n-mod-${line.stream}`}>
                <span className="p2n-Log-number" style={{ width: `${digits}ch` }}>
                  {line.number}
                </span>
                <span className="p2n-Log-mark" title={line.stream}>
                  {line.stream === 'stderr' ? '!' : line.stream === 'system' ? '›' : ''}
                </span>
                <span>{line.text || ' '}</span>
              </div>
            ))}
          </div>
        </div>
        {count === 0 && (
          <div className="p2n-Log-none">
            {live ? trans.__('Waiting for the first line …') : trans.__('No line was printed.')}
          </div>
        )}
      </div>
    </section>
  );
}

function moved(
  old: { top: number; height: number },
  node: HTMLElement
): { top: number; height: number } {
  return old.top === node.scrollTop && old.height === node.clientHeight
    ? old
    : { top: node.scrollTop, height: node.clientHeight };
}
