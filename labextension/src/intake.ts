/** What the file browser's listing names the paths in that are dragged from it. */
const CONTENTS_MIME = 'application/x-jupyter-icontents';

/** A PDF, an address, the word `sample`, or a path in the person's files. */
export type Source = File | string | { path: string };

export function isPdf(name: string): boolean {
  return /\.pdf$/i.test(name);
}

/** What a drop or a paste holds that can be taken in: files first, else an address. */
export function sourcesOf(transfer: DataTransfer | null): Source[] {
  const files = Array.from(transfer?.files ?? []);
  if (files.length > 0) {
    return files;
  }
  const text = (transfer?.getData('text/uri-list') || transfer?.getData('text/plain') || '').trim();
  const [first = ''] = text.split(/\r?\n/).filter(line => !line.startsWith('#'));
  return isAddress(first) ? [first] : [];
}

export function isAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text.trim());
}

export function mayHoldPaper(transfer: DataTransfer): boolean {
  return transfer.types.some(type => type === 'Files' || type === 'text/uri-list');
}

/** A drag of Lumino's, as JupyterLab's own widgets send it; typed here because it is no event of the DOM. */
interface ILuminoDrag extends Event {
  readonly mimeData: { hasData(mime: string): boolean; getData(mime: string): unknown };
  readonly proposedAction: string;
  dropAction: string;
}

interface IDropTarget {
  onOver: (over: boolean) => void;
  onDrop: (sources: Source[]) => void;
}

/** Takes PDFs that are dragged here from JupyterLab's file browser; returns what undoes it. */
export function takeFromFileBrowser(node: HTMLElement, target: IDropTarget): () => void {
  const pathsOf = (event: ILuminoDrag) =>
    event.mimeData.hasData(CONTENTS_MIME)
      ? (event.mimeData.getData(CONTENTS_MIME) as string[]).filter(isPdf)
      : [];
  const listen = (event: Event) => {
    const drag = event as ILuminoDrag;
    const paths = pathsOf(drag);
    if (paths.length === 0) {
      return;
    }
    drag.preventDefault();
    drag.stopPropagation();
    if (drag.type === 'lm-dragover') {
      drag.dropAction = drag.proposedAction;
    }
    target.onOver(drag.type === 'lm-dragenter' || drag.type === 'lm-dragover');
    if (drag.type === 'lm-drop') {
      // The file stays where it is: nothing is moved.
      drag.dropAction = 'copy';
      target.onDrop(paths.map(path => ({ path })));
    }
  };
  const types = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];
  types.forEach(type => node.addEventListener(type, listen));
  return () => types.forEach(type => node.removeEventListener(type, listen));
}
