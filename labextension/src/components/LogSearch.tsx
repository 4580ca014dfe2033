import {
  caretDownIcon,
  caretUpIcon,
  caseSensitiveIcon,
  closeIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { usePanel } from './context';
import { Button } from './parts';

interface IProps {
  words: string;
  matchCase: boolean;
  /** 1-based place of the current hit; 0: none. */
  current: number;
  count: number;
  onWords: (words: string) => void;
  onMatchCase: (on: boolean) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}

/** Words to be sought in the log: Enter and Shift+Enter go from hit to hit, Escape closes. */
export function LogSearch(props: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { words, matchCase, current, count, onStep } = props;
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      onStep(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      props.onClose();
    }
  };
  return (
    <div className="p2n-LogSearch" role="search" onKeyDown={onKey}>
      <input
        type="search"
        className="jp-mod-styled"
        autoFocus
        value={words}
        placeholder={trans.__('Find in the log')}
        aria-label={trans.__('Find in the log')}
        onFocus={event => event.currentTarget.select()}
        onChange={event => props.onWords(event.target.value)}
      />
      <span className="p2n-LogSearch-count p2n-Muted" role="status">
        {words === ''
          ? ''
          : count === 0
            ? trans.__('no line')
            : trans._n('%2 of %1 line', '%2 of %1 lines', count, current || '–')}
      </span>
      <Button
        small
        kind="quiet"
        icon={caseSensitiveIcon}
        aria-pressed={matchCase}
        className={matchCase ? 'p2n-mod-set' : ''}
        aria-label={trans.__('Match case')}
        title={trans.__('Match case')}
        onClick={() => props.onMatchCase(!matchCase)}
      />
      <Button
        small
        kind="quiet"
        icon={caretUpIcon}
        disabled={count === 0}
        aria-label={trans.__('Previous line')}
        title={trans.__('Previous line (Shift+Enter)')}
        onClick={() => onStep(-1)}
      />
      <Button
        small
        kind="quiet"
        icon={caretDownIcon}
        disabled={count === 0}
        aria-label={trans.__('Next line')}
        title={trans.__('Next line (Enter)')}
        onClick={() => onStep(1)}
      />
      <Button
        small
        kind="quiet"
        icon={closeIcon}
        aria-label={trans.__('Close the search')}
        title={trans.__('Close the search (Escape)')}
        onClick={props.onClose}
      />
    </div>
  );
}
