import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';

import { RequestError } from '../request';
import { type INotebook, UserFiles } from '../userFiles';
import { PLAN } from './plans';

/** Files by path, as the contents service keeps them. */
function make(files: Record<string, Partial<Contents.IModel>>) {
  const kept = new Map<string, unknown>();
  const contents = {
    get: (path: string) =>
      path in files
        ? Promise.resolve({ path, ...files[path] })
        : Promise.reject(
            new ServerConnection.ResponseError({ status: 404 } as unknown as Response, 'gone')
          ),
    save: jest.fn((path: string, model: Partial<Contents.IModel>) => {
      files[path] = model;
      return Promise.resolve({ path, ...model });
    })
  };
  const state = {
    fetch: (id: string) => Promise.resolve(kept.get(id)),
    save: (id: string, value: unknown) => Promise.resolve(void kept.set(id, value))
  };
  const browser = { tracker: { currentWidget: { model: { path: 'work' } } } };
  const own = new UserFiles({
    contents: contents as unknown as Contents.IManager,
    documents: null,
    browser: browser as unknown as IFileBrowserFactory,
    state: state as unknown as IStateDB,
    trans: nullTranslator.load('p2n')
  });
  return { own, contents, files };
}

const NOTEBOOK: INotebook = {
  nbformat: 4,
  metadata: { kernelspec: { name: 'python3' } },
  cells: []
};

describe('UserFiles', () => {
  it('reads a PDF byte for byte', async () => {
    const bytes = [0x25, 0x50, 0x44, 0x46, 0xff, 0x00];
    const { own } = make({
      'a/p.pdf': { size: 6, content: `${btoa(String.fromCharCode(...bytes)).slice(0, 4)}\nRv8A` }
    });
    const file = await own.pdf('a/p.pdf');
    expect(file.name).toBe('p.pdf');
    expect(file.size).toBe(6);
  });

  it('says what to do where a file is gone or far too large', async () => {
    const { own } = make({ 'big.pdf': { size: 3e9 } });
    await expect(own.pdf('gone.pdf')).rejects.toMatchObject({ problem: { code: 'HTTP 404' } });
    await expect(own.pdf('big.pdf')).rejects.toMatchObject({
      problem: { code: 'E_PDF_TOO_LARGE' }
    });
    await expect(own.pdf('big.pdf')).rejects.toBeInstanceOf(RequestError);
  });

  it('never writes over a file, and finds the plan’s own again', async () => {
    const { own, contents, files } = make({ 'work/p-v1.ipynb': { content: 'of somebody else' } });
    const path = await own.keepNotebook(PLAN, 'p-v1.ipynb', NOTEBOOK);
    expect(path).toBe('work/p-v1-2.ipynb');
    expect(files['work/p-v1.ipynb'].content).toBe('of somebody else');
    expect(contents.save).toHaveBeenCalledTimes(1);
    expect(await own.notebookOf(PLAN.id)).toBe(path);
    const { notebook, origin } = await own.readNotebook(path);
    // What P2N noted in it is no edit of the person's.
    expect(notebook).toEqual(NOTEBOOK);
    expect(origin).toEqual({ paperId: 'p_1', planId: 'pl_1' });
    delete files[path];
    expect(await own.notebookOf(PLAN.id)).toBeNull();
    files[path] = { content: NOTEBOOK };
    expect(await own.notebookOf(PLAN.id)).toBeNull();
  });
});
