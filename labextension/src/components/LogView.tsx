import { downloadIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { windowOf } from '../log';
import { atOrAfter, LogLens, parted } from '../logLens';
import type { RunFeed } from '../runFeed';
import { usePanel } from './context';
import { LogSearch } from './LogSearch';
import { Button, Problem } from './parts';
import { streamNames } from './words';

const LINE_HEIGHT = 18;

interface IProps {
  feed: RunFeed;
  live: boolean;
  /** Saves the whole log, or what has come so far. */
  onDownload?: () => Promise<void>;
  /** A line to be brought into view; a new object asks again. */
  wanted?: { line: number } | null;
}

interface IPlace {
  top: number;
  height: number;
}

/** A run's lines as they come. Only those in view are in the DOM, so that 100,000 stay smooth. */
export function LogView({ feed, live, onDownload, wanted }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { log } = feed.state;
  const streams = streamNames(trans);
  const view = React.useRef<HTMLDivElement>(null);
  const [follow, setFollow] = React.useState(true);
  const [paused, setPaused] = React.useState(0);
  const [place, setPlace] = React.useState<IPlace>({ top: 0, height: 320 });
  const [onlyErrors, setOnlyErrors] = React.useState(false);
  const [searching, setSearching] = React.useState(false);
  const [words, setWords] = React.useState('');
  const [matchCase, setMatchCase] = React.useState(false);
  const [current, setCurrent] = React.useState(0);
  const [reason, setReason] = React.useState<unknown>(null);
  const sought = searching ? words : '';
  const lens = React.useMemo(
    () => new LogLens(log, { onlyErrors, words: sought, matchCase }),
    [log, onlyErrors, sought, matchCase]
  );
  lens.update();
  const count = lens.length;

  const setFollowing = (on: boolean) => {
    setFollow(on);
    setPaused(log.total);
  };
  const bringIntoView = React.useCallback(
    (number: number) => {
      const node = view.current;
      if (node) {
        setFollow(false);
        node.scrollTop = lens.placeOf(number) * LINE_HEIGHT - node.clientHeight / 2;
        setPlace(old => moved(old, node));
      }
    },
    [lens]
  );
  const goTo = (number: number | undefined) => {
    setCurrent(number ?? 0);
    if (number !== undefined) {
      setPaused(log.total);
      bringIntoView(number);
    }
  };
  const step = (by: 1 | -1) => {
    const { hits } = lens;
    const at = atOrAfter(hits, current);
    const next = by === 1 && hits[at] !== current ? at : at + by;
    goTo(hits[(next + hits.length) % hits.length]);
  };

  // What is sought has changed: the first hit from what is in view on.
  React.useEffect(() => {
    if (sought !== '') {
      const top = lens.numberAt(Math.floor((view.current?.scrollTop ?? 0) / LINE_HEIGHT));
      const number = lens.hits[atOrAfter(lens.hits, top)] ?? lens.hits[0];
      setCurrent(number ?? 0);
      if (number !== undefined) {
        bringIntoView(number);
      }
    }
  }, [lens, sought, bringIntoView]);

  React.useEffect(() => {
    if (wanted) {
      bringIntoView(wanted.line);
    }
    // Asked for once: not again when the filter changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);

  // Lines that the log has dropped were above: what is read stays where it is.
  const { dropped } = log;
  const before = React.useRef(dropped);
  React.useLayoutEffect(() => {
    const node = view.current;
    if (node && !follow && !onlyErrors && dropped > before.current) {
      node.scrollTop -= (dropped - before.current) * LINE_HEIGHT;
      setPlace(old => moved(old, node));
    }
    before.current = dropped;
  }, [dropped, follow, onlyErrors]);

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
  const unread = follow ? 0 : log.total - paused;
  return (
    <section
      className="p2n-Log"
      aria-label={trans.__('Live log')}
      onKeyDown={event => {
        if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key === 'f') {
          event.preventDefault();
          event.stopPropagation();
          setSearching(true);
        }
      }}
    >
      <header className="p2n-Log-head">
        <h3>{trans.__('Log')}</h3>
        <span className="p2n-Count">{trans._n('%1 line', '%1 lines', log.total)}</span>
        {dropped > 0 && (
          <span className="p2n-Muted">
            {trans.__('the first %1 are in logs.txt only', dropped)}
          </span>
        )}
        <span className="p2n-Spacer" />
        {(log.errors > 0 || onlyErrors) && (
          <Button
            small
            kind="quiet"
            aria-pressed={onlyErrors}
            className={onlyErrors ? 'p2n-mod-off' : ''}
            title={trans.__('Show only what was written to stderr')}
            onClick={() => setOnlyErrors(!onlyErrors)}
          >
            {trans.__('stderr: %1', log.errors)}
          </Button>
        )}
        <Button
          small
          kind="quiet"
          icon={searchIcon}
          aria-expanded={searching}
          aria-label={trans.__('Find in the log')}
          title={trans.__('Find in the log (Ctrl+F within it)')}
          onClick={() => setSearching(!searching)}
        />
        {onDownload && (
          <Button
            small
            kind="quiet"
            icon={downloadIcon}
            disabled={log.total === 0}
            aria-label={
              live ? trans.__('Download the lines so far') : trans.__('Download the whole log')
            }
            title={
              live ? trans.__('Download the lines so far') : trans.__('Download the whole log')
            }
            onClick={() => {
              setReason(null);
              onDownload().catch(setReason);
            }}
          />
        )}
        <Button
          small
          kind="quiet"
          aria-pressed={follow}
          className={follow ? 'p2n-mod-on' : ''}
          title={
            follow ? trans.__('Stay here while lines come') : trans.__('Go along with new lines')
          }
          onClick={() => setFollowing(!follow)}
        >
          {follow ? trans.__('Following') : trans.__('Follow')}
        </Button>
      </header>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
      {searching && (
        <LogSearch
          words={words}
          matchCase={matchCase}
          current={current ? atOrAfter(lens.hits, current) + 1 : 0}
          count={lens.hits.length}
          onWords={setWords}
          onMatchCase={setMatchCase}
          onStep={step}
          onClose={() => {
            setSearching(false);
            view.current?.focus();
          }}
        />
      )}
      <div className="p2n-Log-frame">
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
            if (atEnd !== follow) {
              setFollowing(atEnd);
            }
            setPlace(old => moved(old, node));
          }}
        >
          <div className="p2n-Log-space" style={{ height: count * LINE_HEIGHT }}>
            <div className="p2n-Log-window" style={{ top: first * LINE_HEIGHT }}>
              {lens.slice(first, last).map(line => (
                <div
                  key={line.number}
                  className={`p2n-Log-line p2n-mod-${line.stream}${
                    line.number === current && sought ? ' p2n-mod-current' : ''
                  }`}
                >
                  <span className="p2n-Log-number" style={{ width: `${digits}ch` }}>
                    {line.number}
                  </span>
                  <span className="p2n-Log-mark" title={streams[line.stream]}>
                    {line.stream === 'stderr' ? '!' : line.stream === 'system' ? '›' : ''}
                  </span>
                  <span>
                    {lens.pattern
                      ? parted(line.text, lens.pattern).map((text, index) =>
                          index % 2 ? <mark key={index}>{text}</mark> : text
                        )
                      : line.text || ' '}
                  </span>
                </div>
              ))}
            </div>
          </div>
          {count === 0 && (
            <div className="p2n-Log-none">
              {onlyErrors
                ? trans.__('Nothing was written to stderr.')
                : live
                  ? trans.__('Waiting for the first line …')
                  : trans.__('No line was printed.')}
            </div>
          )}
        </div>
        {live && unread > 0 && (
          <Button small className="p2n-Log-more" onClick={() => setFollowing(true)}>
            {trans._n('↓ %1 new line', '↓ %1 new lines', unread)}
          </Button>
        )}
      </div>
    </section>
  );
}

function moved(old: IPlace, node: HTMLElement): IPlace {
  return old.top === node.scrollTop && old.height === node.clientHeight
    ? old
    : { top: node.scrollTop, height: node.clientHeight };
}
