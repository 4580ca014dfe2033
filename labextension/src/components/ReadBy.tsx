import * as React from 'react';

import { seconds } from '../format';
import type { PaperSession } from '../paperSession';
import type { DroppedClaim, ErrorInfo, PaperUsage } from '../schemas';
import { usePanel } from './context';
import { Frame } from './parts';
import { ReadButton } from './ReadButton';
import { agentNames, distinct, money, outcomeNames, readBy, readBySentence } from './words';

/** Who read the paper, what did not stand up to the page, what did not work, and what it has cost. */
export function ReadBy({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { extraction, usage } = session.claims;
  return (
    <section className="p2n-ReadBy" aria-label={trans.__('Who read this paper')}>
      <div className="p2n-ReadBy-line">
        <span className="p2n-ReadBy-who">
          {extraction ? readBySentence(trans, extraction) : readBy(trans, session.paper!)}
        </span>
        {extraction && (
          <span className="p2n-Muted">
            {trans.__('in %1', seconds(extraction.seconds))}
            <span aria-hidden="true"> · </span>
            <time dateTime={extraction.finished_at}>
              {new Date(extraction.finished_at).toLocaleString()}
            </time>
          </span>
        )}
        <span className="p2n-Spacer" />
        <ReadButton session={session} label={trans.__('Read again')} />
      </div>
      {extraction && <Notices notices={extraction.notices} />}
      {extraction && extraction.dropped.length > 0 && <Dropped dropped={extraction.dropped} />}
      {usage && usage.calls.length > 0 && <Cost usage={usage} />}
    </section>
  );
}

/** What did not work though the reading went on. */
export function Notices({ notices }: { notices: readonly ErrorInfo[] }): React.JSX.Element {
  return (
    <>
      {distinct(notices).map(notice => (
        <div
          key={`${notice.code} ${notice.message}`}
          className="p2n-Problem p2n-mod-warning"
          role="status"
        >
          <div className="p2n-Problem-body">
            <div className="p2n-Problem-message">{notice.message}</div>
            <div className="p2n-Problem-remediation">{notice.remediation}</div>
            <code className="p2n-Problem-code">{notice.code}</code>
          </div>
        </div>
      ))}
    </>
  );
}

function Dropped({ dropped }: { dropped: DroppedClaim[] }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <details className="p2n-Details">
      <summary>
        {trans._n(
          '%1 proposal was not found in the paper and dropped',
          '%1 proposals were not found in the paper and dropped',
          dropped.length
        )}
      </summary>
      <ul className="p2n-Dropped">
        {dropped.map((item, index) => (
          <li key={index}>
            <span>{item.text}</span>{' '}
            <span className="p2n-Muted">
              {item.page === null ? item.reason : trans.__('page %1: %2', item.page, item.reason)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Cost({ usage }: { usage: PaperUsage }): React.JSX.Element {
  const { trans } = usePanel();
  const [agents, outcomes] = [agentNames(trans), outcomeNames(trans)];
  const spent = money(usage.spent_usd);
  return (
    <details className="p2n-Details">
      <summary>
        {usage.cap_usd === null
          ? trans.__('Models have cost %1 so far; no cap is set', spent)
          : trans.__('Models have cost %1 so far, of at most %2', spent, money(usage.cap_usd))}
      </summary>
      <Frame label={trans.__('Calls of models')}>
        <table className="p2n-Table">
          <thead>
            <tr>
              <th scope="col">{trans.__('For')}</th>
              <th scope="col">{trans.__('Model')}</th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('Tokens in')}
              </th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('Tokens out')}
              </th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('File searches')}
              </th>
              <th scope="col" className="p2n-mod-value">
                {trans.__('Cost')}
              </th>
              <th scope="col">{trans.__('Outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {usage.calls.map(call => (
              <tr key={call.id}>
                <td>{agents[call.agent]}</td>
                <td>{call.model}</td>
                <td className="p2n-mod-value">{call.input_tokens}</td>
                <td className="p2n-mod-value">{call.output_tokens}</td>
                <td className="p2n-mod-value">{call.searches}</td>
                <td className="p2n-mod-value">{money(call.cost_usd)}</td>
                <td>{outcomes[call.outcome]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Frame>
    </details>
  );
}
