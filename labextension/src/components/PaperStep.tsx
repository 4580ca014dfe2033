import { linkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { linkTo } from '../deepLink';
import { bytes } from '../format';
import type { PaperSession } from '../paperSession';
import { usePanel } from './context';
import { Button, ExternalLink, Section } from './parts';
import { readBy } from './words';

export function PaperStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans, confirm } = usePanel();
  const paper = session.paper!;
  return (
    <div className="p2n-Column">
      <Section title={trans.__('This paper')}>
        <dl className="p2n-Facts">
          <dt>{trans.__('Title')}</dt>
          <dd>{paper.title}</dd>
          <dt>{trans.__('File')}</dt>
          <dd>
            {paper.filename}, {bytes(paper.size_bytes)},{' '}
            {trans._n('%1 page', '%1 pages', paper.pages)}
          </dd>
          {paper.source_url && (
            <>
              <dt>{trans.__('Fetched from')}</dt>
              <dd>
                <ExternalLink href={paper.source_url}>{paper.source_url}</ExternalLink>
              </dd>
            </>
          )}
          <dt>{trans.__('Taken in')}</dt>
          <dd>{new Date(paper.created_at).toLocaleString()}</dd>
          <dt>{trans.__('Read by')}</dt>
          <dd>{paper.reader ? readBy(trans, paper) : trans.__('nobody yet')}</dd>
          <dt>SHA-256</dt>
          <dd>
            <code>{paper.sha256}</code>
          </dd>
        </dl>
      </Section>
      <Section title={trans.__('What happens next')}>
        <ol className="p2n-Next">
          <li>
            <b>{trans.__('Claims.')}</b>{' '}
            {trans.__(
              'Every result the paper reports as a number, each checked against the page where it stands.'
            )}
          </li>
          <li>
            <b>{trans.__('Plan.')}</b>{' '}
            {trans.__('Which of them can be run again, how, and what the paper leaves unsaid.')}
          </li>
          <li>
            <b>{trans.__('Run.')}</b>{' '}
            {trans.__('A notebook in a container without network, watched line by line.')}
          </li>
          <li>
            <b>{trans.__('Report.')}</b>{' '}
            {trans.__('Claimed against observed, with a verdict and the rule behind it.')}
          </li>
          <li>
            <b>{trans.__('Story.')}</b>{' '}
            {trans.__('All of it told in a few pictures that a child understands.')}
          </li>
        </ol>
      </Section>
      <div className="p2n-Toolbar">
        <CopyLink session={session} />
        <Button
          kind="danger"
          onClick={() => {
            void confirm(
              trans.__('Delete this paper?'),
              trans.__('Its claims, plans, runs and artifacts go with it.'),
              trans.__('Delete')
            ).then(agreed => {
              if (agreed) {
                void session.remove();
              }
            });
          }}
        >
          {trans.__('Delete paper')}
        </Button>
      </div>
    </div>
  );
}

/** An address for a colleague, or for a note: it opens this JupyterLab with this paper. */
function CopyLink({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const [copied, setCopied] = React.useState<boolean | null>(null);
  const link = linkTo({ paperId: session.paperId });
  return (
    <>
      <Button
        icon={linkIcon}
        onClick={() => {
          // A page that is not secure has no clipboard: then the address is shown.
          const writing = navigator.clipboard?.writeText(link) ?? Promise.reject(new Error());
          writing.then(() => setCopied(true)).catch(() => setCopied(false));
        }}
      >
        {trans.__('Copy link')}
      </Button>
      <span role="status" className="p2n-Muted">
        {copied === true && trans.__('Copied')}
        {copied === false && <code>{link}</code>}
      </span>
    </>
  );
}
