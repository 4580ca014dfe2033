import * as React from 'react';

import type { Provider } from '../claimsSession';
import type { PaperSession } from '../paperSession';
import { usePanel } from './context';
import { Button } from './parts';

interface IProps {
  session: PaperSession;
  label: string;
  primary?: boolean;
}

/** Reads the paper, by the reader that is chosen beside it. */
export function ReadButton({ session, label, primary }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const [provider, setProvider] = React.useState<Provider | ''>('');
  return (
    <span className="p2n-ReadButton">
      <select
        className="jp-mod-styled"
        aria-label={trans.__('Reader')}
        value={provider}
        onChange={event => setProvider(event.target.value as Provider | '')}
      >
        <option value="">{trans.__('Reader: server default')}</option>
        <option value="offline">{trans.__('Reader: offline, rules only')}</option>
        <option value="openai">{trans.__('Reader: offline + openai')}</option>
      </select>
      <Button
        kind={primary ? 'primary' : 'plain'}
        small={!primary}
        disabled={session.claims.reading !== null}
        onClick={() => void session.extract(provider || undefined)}
      >
        {label}
      </Button>
    </span>
  );
}
