import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';

import { RequestError } from './request';
import type { Plan } from './schemas';

/** Notebooks as JSON; only what P2N itself notes in them has names here. */
export interface INotebook {
  metadata: Record<string, unknown>;
  [name: string]: unknown;
}

/** Which plan a notebook in a person's files was made from. */
export interface IOrigin {
  paperId: string;
  planId: string;
}

interface IOptions {
  contents: Contents.IManager;
  documents: IDocumentManager | null;
  browser: IFileBrowserFactory | null;
  state: IStateDB | null;
  trans: TranslationBundle;
}

const STATE = 'p2n:notebooks';
const REMEMBERED = 200;
/** A browser that holds more in base64 comes to its knees; the server refuses far smaller ones. */
const MAX_BYTES = 200e6;
const TRIES = 500;

/** The person's own files: PDFs come from there, notebooks go there. */
export class UserFiles {
  constructor(private _options: IOptions) {}

  /** Raises RequestError: the file is gone, or far too large. */
  async pdf(path: string): Promise<File> {
    const { trans } = this._options;
    const { size } = await this._get(path, { content: false });
    if ((size ?? 0) > MAX_BYTES) {
      throw new RequestError(
        {
          code: 'E_PDF_TOO_LARGE',
          message: trans.__('%1 has %2 MB.', path, Math.round((size ?? 0) / 1e6)),
          remediation: trans.__('Take the paper without its supplement.')
        },
        413
      );
    }
    const model = await this._get(path, { type: 'file', format: 'base64', content: true });
    const bytes = Uint8Array.from(atob((model.content as string).replace(/\s/g, '')), character =>
      character.charCodeAt(0)
    );
    return new File([bytes], PathExt.basename(path), { type: 'application/pdf' });
  }

  /** Where the plan's notebook was put, if it is still there and still this plan's. */
  async notebookOf(planId: string): Promise<string | null> {
    const path = (await this._known())[planId];
    if (!path) {
      return null;
    }
    try {
      return originOf(await this._notebook(path))?.planId === planId ? path : null;
    } catch {
      return null;
    }
  }

  /** Puts a notebook beside what the file browser shows, under a name that nothing has yet; resolves to its path. */
  async keepNotebook(plan: Plan, name: string, notebook: INotebook): Promise<string> {
    const { contents, browser } = this._options;
    const folder = browser?.tracker.currentWidget?.model.path ?? '';
    const path = await this._free(PathExt.join(folder, name));
    const origin: IOrigin = { paperId: plan.paper_id, planId: plan.id };
    const content = { ...notebook, metadata: { ...notebook.metadata, p2n: origin } };
    await this._heard(contents.save(path, { type: 'notebook', format: 'json', content }));
    const known = Object.entries({ ...(await this._known()), [plan.id]: path });
    await this._options.state?.save(STATE, Object.fromEntries(known.slice(-REMEMBERED)));
    return path;
  }

  /** A notebook as it is on the screen: what was typed and not saved is saved first. */
  async readNotebook(path: string): Promise<{ notebook: INotebook; origin: IOrigin | null }> {
    const { documents } = this._options;
    const widget = documents?.findWidget(path, null);
    const context = widget && documents?.contextForWidget(widget);
    if (context?.model.dirty) {
      await this._heard(context.save());
    }
    const notebook = await this._notebook(path);
    const metadata = { ...notebook.metadata };
    delete metadata.p2n;
    return { notebook: { ...notebook, metadata }, origin: originOf(notebook) };
  }

  open(path: string): void {
    this._options.documents?.openOrReveal(path);
  }

  /** What is selected in the file browser. */
  selected(): string[] {
    const items = this._options.browser?.tracker.currentWidget?.selectedItems() ?? [];
    return [...items].filter(({ type }) => type !== 'directory').map(({ path }) => path);
  }

  private async _notebook(path: string): Promise<INotebook> {
    const model = await this._get(path, { type: 'notebook', content: true });
    const notebook = model.content as Partial<INotebook>;
    return { ...notebook, metadata: notebook.metadata ?? {} };
  }

  private _get(path: string, options: Contents.IFetchOptions): Promise<Contents.IModel> {
    return this._heard(this._options.contents.get(path, options));
  }

  private async _known(): Promise<Record<string, string>> {
    const kept = await this._options.state?.fetch(STATE);
    return (kept ?? {}) as Record<string, string>;
  }

  /** The name itself, else with -2, -3 … before its ending. */
  private async _free(path: string): Promise<string> {
    const ending = PathExt.extname(path);
    const stem = path.slice(0, path.length - ending.length);
    for (let number = 1; number <= TRIES; number++) {
      const candidate = number === 1 ? path : `${stem}-${number}${ending}`;
      if (!(await this._exists(candidate))) {
        return candidate;
      }
    }
    throw new Error(this._options.trans.__('There are %1 notebooks named %2.', TRIES, path));
  }

  private async _exists(path: string): Promise<boolean> {
    try {
      await this._options.contents.get(path, { content: false });
      return true;
    } catch (reason) {
      if (reason instanceof ServerConnection.ResponseError && reason.response.status === 404) {
        return false;
      }
      throw reason;
    }
  }

  /** Failures of the contents service in the words of every other. */
  private async _heard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (reason) {
      if (reason instanceof ServerConnection.ResponseError) {
        throw new RequestError(
          {
            code: `HTTP ${reason.response.status}`,
            message: reason.message,
            remediation: this._options.trans.__(
              'Look in the file browser whether the file is there and may be read.'
            )
          },
          reason.response.status
        );
      }
      throw reason;
    }
  }
}

function originOf(notebook: INotebook): IOrigin | null {
  const { paperId, planId } = (notebook.metadata.p2n ?? {}) as Partial<IOrigin>;
  return typeof paperId === 'string' && typeof planId === 'string' ? { paperId, planId } : null;
}
