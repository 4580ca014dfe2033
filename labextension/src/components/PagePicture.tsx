import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { isAbort } from '../request';
import type { Box } from '../schemas';
import { usePanel } from './context';
import { Button, Problem, Spinner } from './parts';

export interface IFetched {
  /** An address of the picture's bytes; null until they have come. */
  source: string | null;
  reason: unknown;
}

/** Fetches a picture whenever the key changes; a picture that nobody waits for any more is given up. */
export function useFetchedPicture(
  fetchBlob: (signal: AbortSignal) => Promise<Blob> | null,
  key: string
): IFetched {
  const [fetched, setFetched] = React.useState<IFetched>({ source: null, reason: null });
  const ask = React.useRef(fetchBlob);
  ask.current = fetchBlob;
  React.useEffect(() => {
    setFetched({ source: null, reason: null });
    const abort = new AbortController();
    let url: string | null = null;
    ask
      .current(abort.signal)
      ?.then(blob => {
        if (!abort.signal.aborted) {
          url = URL.createObjectURL(blob);
          setFetched({ source: url, reason: null });
        }
      })
      .catch(reason => {
        if (!abort.signal.aborted && !isAbort(reason)) {
          setFetched({ source: null, reason });
        }
      });
    return () => {
      abort.abort();
      if (url) {
        URL.revokeObjectURL(url);
      }
    };
  }, [key]);
  return fetched;
}

interface IPictureProps {
  fetched: IFetched;
  alt: string;
  className?: string;
}

export function Picture({ fetched, alt, className = '' }: IPictureProps): React.JSX.Element {
  if (fetched.reason !== null) {
    return <Problem reason={fetched.reason} />;
  }
  const loading = fetched.source ? '' : ' p2n-mod-loading';
  return (
    <div className={`p2n-Evidence-picture ${className}${loading}`}>
      {fetched.source ? <img src={fetched.source} alt={alt} /> : <Spinner />}
    </div>
  );
}

const ZOOMS = [1, 1.5, 2, 3];
/** The server draws pages so, unless they are larger than paper. */
const DOTS_PER_POINT = 150 / 72;

interface IPageProps extends IPictureProps {
  /** What is marked, in points; null: nothing. */
  box: Box | null;
}

/** A whole page that can be enlarged; what is marked stays in sight. */
export function PagePicture({ fetched, alt, box }: IPageProps): React.JSX.Element {
  const { trans } = usePanel();
  const [level, setLevel] = React.useState(0);
  const frame = React.useRef<HTMLDivElement>(null);
  const zoom = ZOOMS[level];
  const toMark = React.useCallback(() => {
    const node = frame.current;
    const image = node?.querySelector('img');
    if (!node || !image || !box || !image.naturalWidth) {
      return;
    }
    const scale = (DOTS_PER_POINT * image.clientWidth) / image.naturalWidth;
    node.scrollTop = ((box.top + box.bottom) / 2) * scale - node.clientHeight / 2;
    node.scrollLeft = ((box.x0 + box.x1) / 2) * scale - node.clientWidth / 2;
  }, [box]);
  React.useLayoutEffect(toMark, [toMark, zoom, fetched.source]);
  const change = (next: number) => setLevel(Math.min(ZOOMS.length - 1, Math.max(0, next)));
  if (fetched.reason !== null) {
    return <Problem reason={fetched.reason} />;
  }
  return (
    <div className="p2n-Page">
      <div className="p2n-Toolbar p2n-Page-zoom" role="group" aria-label={trans.__('Zoom')}>
        <Button
          small
          kind="quiet"
          aria-label={trans.__('Smaller')}
          aria-disabled={level === 0}
          onClick={() => change(level - 1)}
        >
          −
        </Button>
        <span className="p2n-Figure" role="status">
          {Math.round(zoom * 100)}%
        </span>
        <Button
          small
          kind="quiet"
          icon={addIcon}
          aria-label={trans.__('Larger')}
          aria-disabled={level === ZOOMS.length - 1}
          onClick={() => change(level + 1)}
        />
      </div>
      <div
        ref={frame}
        className={`p2n-Evidence-picture p2n-mod-page${fetched.source ? '' : ' p2n-mod-loading'}`}
        role="group"
        aria-label={trans.__('The page; plus and minus change its size')}
        tabIndex={0}
        onKeyDown={event => {
          if (event.key === '+' || event.key === '=') {
            change(level + 1);
          } else if (event.key === '-') {
            change(level - 1);
          } else if (event.key === '0') {
            change(0);
          }
        }}
      >
        {fetched.source ? (
          <img src={fetched.source} alt={alt} style={{ width: `${zoom * 100}%` }} onLoad={toMark} />
        ) : (
          <Spinner />
        )}
      </div>
    </div>
  );
}
