import * as React from 'react';

import { bytes } from '../format';
import type { SignedFile } from '../schemas';
import { usePanel } from './context';

/** Files behind signed addresses of this server. */
export function FileLinks(props: { files: SignedFile[]; label: string }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  return (
    <ul className="p2n-Files" aria-label={props.label}>
      {props.files.map(file => {
        const href = workbench.api.fileHref(file.url);
        return (
          <li key={file.name}>
            {href ? (
              <a href={href} target="_blank" rel="noopener noreferrer" className="p2n-Link">
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
  );
}
