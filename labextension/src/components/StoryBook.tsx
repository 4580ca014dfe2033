import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { speakerIcon } from '../icons';
import { canSpeak, readAloud } from '../readAloud';
import type { Storyboard, StoryPage } from '../schemas';
import type { IStretch } from '../storyText';
import { usePanel } from './context';
import { useFetchedPicture } from './PagePicture';
import { Button, Problem, Spinner } from './parts';
import { StoryWords } from './StoryWords';

interface IProps {
  story: Storyboard;
  /** From 0. */
  page: number;
  onTurn: (page: number) => void;
}

/** How far a finger must travel to turn a page, in CSS pixels. */
const SWIPE = 50;

/** One page at a time, like a picture book. */
export function StoryBook({ story, page, onTurn }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { pages } = story;
  const last = pages.length - 1;
  const current = pages[page];
  const book = React.useRef<HTMLElement>(null);
  const touch = React.useRef<number | null>(null);
  const onKey = (event: React.KeyboardEvent) => {
    const next = {
      ArrowRight: page + 1,
      PageDown: page + 1,
      ArrowLeft: page - 1,
      PageUp: page - 1,
      Home: 0,
      End: last
    }[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    onTurn(next);
  };
  const voice = useVoice(book, current, () => (page < last ? onTurn(page + 1) : voice.stop()));
  return (
    <section
      ref={book}
      className={`p2n-Story p2n-mod-${current.kind}`}
      aria-label={trans.__('The story; arrow keys turn the page')}
      aria-roledescription={trans.__('picture book')}
      tabIndex={0}
      onKeyDown={onKey}
      onTouchStart={event => (touch.current = event.touches[0].clientX)}
      onTouchEnd={event => {
        const way = touch.current === null ? 0 : event.changedTouches[0].clientX - touch.current;
        touch.current = null;
        if (Math.abs(way) > SWIPE) {
          onTurn(page + (way < 0 ? 1 : -1));
        }
      }}
    >
      <article className="p2n-Story-page" key={current.number}>
        <StoryPicture page={current} />
        {pages[page + 1] && <Ahead page={pages[page + 1]} />}
        <div className="p2n-Story-text" aria-live="polite">
          <h2>{current.title}</h2>
          <StoryWords
            text={current.text}
            glossary={story.glossary}
            spoken={voice.spoken}
            className="p2n-Story-words"
          />
        </div>
      </article>
      <nav className="p2n-Story-nav" aria-label={trans.__('Pages of the story')}>
        <Button
          className="p2n-Story-turn"
          aria-label={trans.__('Page before')}
          aria-disabled={page === 0}
          onClick={() => onTurn(page - 1)}
        >
          ←
        </Button>
        <ol className="p2n-Story-dots">
          {pages.map((other, index) => (
            <li key={other.number}>
              <button
                type="button"
                aria-label={trans.__('Page %1: %2', index + 1, other.title)}
                aria-current={index === page ? 'page' : undefined}
                title={other.title}
                onClick={() => onTurn(index)}
              />
            </li>
          ))}
        </ol>
        <Button
          className="p2n-Story-turn"
          kind={page < last ? 'primary' : 'plain'}
          aria-label={trans.__('Next page')}
          aria-disabled={page === last}
          onClick={() => onTurn(page + 1)}
        >
          →
        </Button>
        <span className="p2n-Story-count p2n-Muted" role="status">
          {trans.__('Page %1 of %2', page + 1, pages.length)}
        </span>
        {canSpeak() && (
          <Button
            icon={voice.on ? stopIcon : speakerIcon}
            aria-pressed={voice.on}
            onClick={voice.on ? voice.stop : voice.start}
          >
            {voice.on ? trans.__('Stop reading') : trans.__('Read to me')}
          </Button>
        )}
      </nav>
      {voice.failed && (
        <p className="p2n-Muted" role="alert">
          {trans.__('This browser has no voice that can read to you. Ask somebody near you.')}
        </p>
      )}
    </section>
  );
}

/** Reads the page, and each page that is turned to, until it is stopped or the book is left. */
function useVoice(book: React.RefObject<HTMLElement>, page: StoryPage, onEnd: () => void) {
  const [on, setOn] = React.useState(false);
  const [failed, setFailed] = React.useState(false);
  const [spoken, setSpoken] = React.useState<IStretch | null>(null);
  const ended = React.useRef(onEnd);
  ended.current = onEnd;
  const { title, text } = page;
  React.useEffect(() => {
    if (!on) {
      return;
    }
    // The title is read first; where it is read, nothing in the text is marked.
    const head = `${title}.\n\n`;
    const stop = readAloud(head + text, {
      onSpoken: ({ from, to }) =>
        setSpoken(from < head.length ? null : { from: from - head.length, to: to - head.length }),
      onEnd: () => ended.current(),
      onFailure: () => {
        setOn(false);
        setFailed(true);
      }
    });
    window.addEventListener('pagehide', stop);
    return () => {
      window.removeEventListener('pagehide', stop);
      stop();
      setSpoken(null);
    };
  }, [on, title, text]);
  React.useEffect(() => {
    const node = book.current;
    if (!on || !node || !('IntersectionObserver' in window)) {
      return;
    }
    // Another tab of JupyterLab in front hides the book without unmounting it.
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) {
        setOn(false);
      }
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [on, book]);
  return {
    on,
    failed,
    spoken,
    start: () => {
      setFailed(false);
      setOn(true);
    },
    stop: () => setOn(false)
  };
}

function usePicture(page: StoryPage) {
  const { workbench } = usePanel();
  return useFetchedPicture(
    signal => workbench.api.storyPicture(page.illustration.url, signal),
    page.illustration.url
  );
}

/** Shown as an image: nothing in it can run, whoever painted it. */
function StoryPicture({ page }: { page: StoryPage }): React.JSX.Element {
  const { source, reason } = usePicture(page);
  const { width, height } = page.illustration;
  return (
    <figure className="p2n-Story-picture" style={{ aspectRatio: `${width} / ${height}` }}>
      {reason !== null ? (
        <Problem reason={reason} />
      ) : source ? (
        <img src={source} alt={page.alt_text} width={width} height={height} draggable={false} />
      ) : (
        <Spinner />
      )}
    </figure>
  );
}

/** Fetches the next picture before it is wanted. */
function Ahead({ page }: { page: StoryPage }): null {
  const { workbench } = usePanel();
  const { url } = page.illustration;
  React.useEffect(() => {
    const abort = new AbortController();
    workbench.api.storyPicture(url, abort.signal).catch(() => undefined);
    return () => abort.abort();
  }, [workbench, url]);
  return null;
}
