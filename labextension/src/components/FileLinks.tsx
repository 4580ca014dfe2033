import * as React from 'react';

import { open, save } from '../claimExport';
import { bytes } from '../format';
import type { SignedFile } from '../schemas';
import { fetched, renewalIn, type Renew } from '../signedFiles';
import { usePanel } from './context';
import { Problem } from './parts';

interface IProps {
  files: SignedFile[];
  label: string;
  renew: Renew;
}

/** Files behind signed addresses of this server, which are renewed before they end. */
export function FileLinks({ files, label, renew }: IProps): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const { api } = workbench;
  const [shown, setShown] = React.useState(files);
  const [reason, setReason] = React.useState<unknown>(null);
  const ask = React.useRef(renew);
  ask.current = renew;
  React.useEffect(() => setShown(files), [files]);
  React.useEffect(() => {
    const wait = renewalIn(shown, Date.now());
    if (wait === null) {
      return;
    }
    let wanted = true;
    const timer = setTimeout(
      () =>
        // What cannot be renewed now is renewed when it is wanted, and then says what is wrong.
        void ask.current().then(
          fresh => wanted && setShown(fresh),
          () => undefined
        ),
      wait
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [shown]);
  const keep = async (file: SignedFile, href: string) => {
    setReason(null);
    try {
      const renewed = async () => {
        const fresh = await ask.current();
        setShown(fresh);
        return fresh;
      };
      const blob = await fetched(api, file, renewed);
      if (blob) {
        save(blob, file.name);
      } else {
        open(href, file.name);
      }
    } catch (error) {
      setReason(error);
    }
  };
  return (
    <>
      <ul className="p2n-Files" aria-label={label}>
        {shown.map(file => {
          const href = api.fileHref(file.url);
          return (
            <li key={file.name}>
              {href ? (
                <a
                  href={href}
                  target="_blank"
                  rel="noopener noreferrer"
                  className="p2n-Link"
                  onClick={event => {
                    // With a modifier the browser does with the address what it always does.
                    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                      event.preventDefault();
                      void keep(file, href);
                    }
                  }}
                >
                  {file.name}
                </a>
              ) : (
                file.name
              )}
              <span className="p2n-Muted">
                {bytes(file.size_bytes)}
                <span aria-hidden="true"> · </span>
                <span title={trans.__('SHA-256 %1', file.sha256)}>
                  sha256 <code>{file.sha256.slice(0, 10)}…</code>
                </span>
              </span>
            </li>
          );
        })}
      </ul>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
    </>
  );
}
