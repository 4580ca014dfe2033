import { fileUploadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useIngest, usePanel } from './context';
import { IntakeZone } from './IntakeZone';
import { Button, Problem, Spinner } from './parts';

function filesOf(list: FileList | null): File[] {
  return Array.from(list ?? []);
}

/** Takes PDFs by button, by address, and by a drop or a paste on it or on what it holds. */
export function Upload({ children }: { children?: React.ReactNode }): React.JSX.Element {
  const { trans } = usePanel();
  const { busy, reason, ingest, clear } = useIngest();
  const input = React.useRef<HTMLInputElement>(null);
  const [url, setUrl] = React.useState('');
  return (
    <IntakeZone className="p2n-Drop" onSources={sources => void ingest(sources)}>
      <div className="p2n-Upload">
        <input
          ref={input}
          className="p2n-Upload-input"
          type="file"
          accept="application/pdf,.pdf"
          tabIndex={-1}
          aria-label={trans.__('PDF file')}
          onChange={event => {
            const files = filesOf(event.target.files);
            event.target.value = '';
            if (files.length) {
              void ingest(files);
            }
          }}
        />
        <Button
          kind="primary"
          icon={fileUploadIcon}
          disabled={busy}
          onClick={() => input.current?.click()}
        >
          {trans.__('Upload a paper')}
        </Button>
        <div className="p2n-Upload-hint">
          {busy ? (
            <>
              <Spinner /> {trans.__('Taking it in …')}
            </>
          ) : (
            trans.__('or drop or paste a PDF or its address anywhere here')
          )}
        </div>
        <form
          className="p2n-Upload-url"
          onSubmit={event => {
            event.preventDefault();
            const address = url.trim();
            if (address) {
              void ingest([address]).then(created => created && setUrl(''));
            }
          }}
        >
          <input
            type="url"
            className="jp-mod-styled"
            placeholder={trans.__('https://…/paper.pdf')}
            aria-label={trans.__('Address of a PDF')}
            value={url}
            disabled={busy}
            onChange={event => setUrl(event.target.value)}
          />
          <button type="submit" className="p2n-Button p2n-mod-plain" disabled={busy || !url.trim()}>
            {trans.__('Fetch')}
          </button>
        </form>
        {reason !== null && <Problem reason={reason} onDismiss={clear} />}
      </div>
      {children}
    </IntakeZone>
  );
}

/** A paper of our own that runs in seconds, for who wants to see it work first. */
export function SampleButton(): React.JSX.Element {
  const { trans } = usePanel();
  const { busy, reason, ingest, clear } = useIngest();
  return (
    <>
      <Button kind="primary" disabled={busy} onClick={() => void ingest(['sample'])}>
        {trans.__('Try the sample paper')}
      </Button>
      {reason !== null && <Problem reason={reason} onDismiss={clear} />}
    </>
  );
}
