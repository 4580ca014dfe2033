import type { IEditorFactoryService } from '@jupyterlab/codeeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import type { Charts } from '../charts';
import type { Source } from '../intake';
import type { Step } from '../paperSession';
import type { PaperCreated } from '../schemas';
import type { UserFiles } from '../userFiles';
import type { Workbench } from '../workbench';

/** What every part of the panel may reach: the shared state, the words, and the way to other widgets. */
export interface IPanel {
  workbench: Workbench;
  trans: TranslationBundle;
  files: UserFiles;
  /** JupyterLab's own editors; null where it has none. */
  editors: IEditorFactoryService | null;
  /** JupyterLab's own charts; null where it has none. */
  charts: Charts | null;
  openPaper: (paperId: string, step?: Step) => void;
  /** Opens a run that belongs to no paper. */
  openRun: (runId: string) => void;
  /** Asks first; resolves to whether the person agreed. */
  confirm: (title: string, body: string, accept: string) => Promise<boolean>;
}

const PanelContext = React.createContext<IPanel | null>(null);

export const PanelProvider = PanelContext.Provider;

export function usePanel(): IPanel {
  const panel = React.useContext(PanelContext);
  if (!panel) {
    // For who writes components; nobody else reads it.
    // eslint-disable-next-line no-restricted-syntax
    throw new Error('A P2N component needs a PanelProvider around it.');
  }
  return panel;
}

/** Renders again whenever the signal is emitted. */
export function useSignal(signal: ISignal<unknown, unknown> | null): void {
  const [, render] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    if (!signal) {
      return;
    }
    const slot = () => render();
    signal.connect(slot);
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}

/** Renders again every so often while something is running. */
export function useClock(running: boolean, milliseconds = 500): number {
  const [now, setNow] = React.useState(Date.now());
  React.useEffect(() => {
    if (!running) {
      return;
    }
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [running, milliseconds]);
  return running ? Math.max(now, Date.now()) : now;
}

/** Takes papers in and opens them; what goes wrong is kept to be shown. */
export function useIngest() {
  const { workbench, files, openPaper } = usePanel();
  const [busy, setBusy] = React.useState(false);
  const [reason, setReason] = React.useState<unknown>(null);
  const ingest = async (sources: Source[]): Promise<PaperCreated | null> => {
    setBusy(true);
    setReason(null);
    let last: PaperCreated | null = null;
    try {
      for (const source of sources) {
        last = await workbench.add(await takenFrom(files, source));
      }
    } catch (error) {
      setReason(error);
    } finally {
      setBusy(false);
    }
    if (last) {
      openPaper(last.paper.id);
    }
    return last;
  };
  return { busy, reason, ingest, clear: () => setReason(null) };
}

/** What the server is sent: a path in the person's files is read first. */
export function takenFrom(files: UserFiles, source: Source): Promise<File | string> {
  return typeof source === 'object' && 'path' in source
    ? files.pdf(source.path)
    : Promise.resolve(source);
}
