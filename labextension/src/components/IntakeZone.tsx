import * as React from 'react';

import { mayHoldPaper, type Source, sourcesOf, takeFromFileBrowser } from '../intake';
import { usePanel } from './context';

interface IProps {
  className: string;
  onSources: (sources: Source[]) => void;
  children: React.ReactNode;
}

/** Takes PDFs and addresses that are dropped or pasted anywhere on what it holds. */
export function IntakeZone({ className, onSources, children }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const zone = React.useRef<HTMLDivElement>(null);
  const take = React.useRef(onSources);
  take.current = onSources;
  const [over, setOver] = React.useState(false);
  React.useEffect(
    () =>
      zone.current
        ? takeFromFileBrowser(zone.current, {
            onOver: setOver,
            onDrop: sources => take.current(sources)
          })
        : undefined,
    []
  );
  React.useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      // In a field an address is text like any other; a file can be nothing else.
      const sources = sourcesOf(event.clipboardData).filter(
        source => source instanceof File || !isField(event.target)
      );
      if (sources.length > 0) {
        event.preventDefault();
        event.stopPropagation();
        take.current(sources);
      }
    };
    // JupyterLab gives the focus to the widget around the zone, and a paste goes to what has it.
    const node = zone.current?.closest<HTMLElement>('.lm-Widget') ?? zone.current;
    node?.addEventListener('paste', paste);
    return () => node?.removeEventListener('paste', paste);
  }, []);
  return (
    <div
      ref={zone}
      className={`${className} p2n-Intake${over ? ' p2n-mod-over' : ''}`}
      onDragOver={event => {
        if (mayHoldPaper(event.dataTransfer)) {
          event.preventDefault();
          event.dataTransfer.dropEffect = 'copy';
          setOver(true);
        }
      }}
      onDragLeave={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) {
          setOver(false);
        }
      }}
      onDrop={event => {
        setOver(false);
        const sources = sourcesOf(event.dataTransfer);
        if (sources.length > 0) {
          event.preventDefault();
          event.stopPropagation();
          onSources(sources);
        }
      }}
    >
      {children}
      {over && (
        <div className="p2n-Intake-veil" aria-hidden="true">
          <span>{trans.__('Drop it: P2N takes the paper in')}</span>
        </div>
      )}
    </div>
  );
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable="true"]') !== null
  );
}
