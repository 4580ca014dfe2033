import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { IntakeZone } from '../components/IntakeZone';
import { linkedPaper, withoutLink } from '../deepLink';
import { sourcesOf } from '../intake';

const PDF = new File(['%PDF-'], 'paper.pdf', { type: 'application/pdf' });
const transfer = (texts: Record<string, string>, files: File[] = []) =>
  ({
    files,
    types: [...Object.keys(texts), ...(files.length ? ['Files'] : [])],
    getData: (type: string) => texts[type] ?? ''
  }) as unknown as DataTransfer;

function show() {
  const onSources = jest.fn();
  render(
    <PanelProvider value={{ trans: nullTranslator.load('p2n') } as unknown as IPanel}>
      <IntakeZone className="zone" onSources={onSources}>
        <p>anywhere</p>
        <input aria-label="field" />
      </IntakeZone>
    </PanelProvider>
  );
  return onSources;
}

/** With a transfer of the test's own: jsdom knows none that holds files. */
function send(node: HTMLElement, kind: 'drop' | 'paste', held: DataTransfer) {
  const event = new Event(kind, { bubbles: true, cancelable: true });
  Object.defineProperty(event, kind === 'drop' ? 'dataTransfer' : 'clipboardData', { value: held });
  fireEvent(node, event);
}

/** A drag as Lumino sends it; jsdom and the browser know no such event. */
function luminoDrag(type: string, paths: string[]) {
  const event = new Event(type, { bubbles: true, cancelable: true });
  return Object.assign(event, {
    mimeData: {
      hasData: (mime: string) => mime === 'application/x-jupyter-icontents',
      getData: () => paths
    },
    proposedAction: 'move',
    dropAction: 'none'
  });
}

describe('what is dropped or pasted', () => {
  it('is files before texts, and of texts only addresses', () => {
    expect(sourcesOf(transfer({ 'text/plain': 'https://a.org/p.pdf' }, [PDF]))).toEqual([PDF]);
    expect(sourcesOf(transfer({ 'text/plain': ' https://a.org/p.pdf\n' }))).toEqual([
      'https://a.org/p.pdf'
    ]);
    expect(sourcesOf(transfer({ 'text/uri-list': '# a note\r\nhttps://a.org/p.pdf' }))).toEqual([
      'https://a.org/p.pdf'
    ]);
    expect(sourcesOf(transfer({ 'text/plain': 'javascript:alert(1)' }))).toEqual([]);
    expect(sourcesOf(transfer({ 'text/plain': 'see https://a.org for more' }))).toEqual([]);
    expect(sourcesOf(null)).toEqual([]);
  });

  it('is taken in wherever it falls', () => {
    const onSources = show();
    send(screen.getByText('anywhere'), 'drop', transfer({}, [PDF]));
    expect(onSources).toHaveBeenLastCalledWith([PDF]);
    send(screen.getByText('anywhere'), 'paste', transfer({ 'text/plain': 'https://a.org/p.pdf' }));
    expect(onSources).toHaveBeenLastCalledWith(['https://a.org/p.pdf']);
  });

  it('leaves text that is pasted into a field alone, but takes a file there', () => {
    const onSources = show();
    send(
      screen.getByLabelText('field'),
      'paste',
      transfer({ 'text/plain': 'https://a.org/p.pdf' })
    );
    expect(onSources).not.toHaveBeenCalled();
    send(screen.getByLabelText('field'), 'paste', transfer({}, [PDF]));
    expect(onSources).toHaveBeenCalledWith([PDF]);
  });

  it("comes from JupyterLab's own file browser too, PDFs only", () => {
    const onSources = show();
    const target = screen.getByText('anywhere');
    const over = luminoDrag('lm-dragover', ['a/paper.pdf', 'notes.txt']);
    fireEvent(target, over);
    expect(over.defaultPrevented).toBe(true);
    expect(over.dropAction).toBe('move');
    fireEvent(target, luminoDrag('lm-drop', ['a/paper.pdf', 'notes.txt']));
    expect(onSources).toHaveBeenCalledWith([{ path: 'a/paper.pdf' }]);
    const foreign = luminoDrag('lm-dragover', ['notes.txt']);
    fireEvent(target, foreign);
    expect(foreign.defaultPrevented).toBe(false);
  });
});

describe('a link to a paper', () => {
  it('names paper and step, and is gone once it was followed', () => {
    expect(linkedPaper('?p2n=p_1&step=report')).toEqual({ paperId: 'p_1', step: 'report' });
    expect(linkedPaper('?p2n=p_1&step=nowhere')).toEqual({ paperId: 'p_1', step: undefined });
    expect(linkedPaper('?other=1')).toBeNull();
    expect(
      withoutLink({ path: '/lab/tree/a', search: '?p2n=p_1&step=report&reset', hash: '#x' })
    ).toBe('/lab/tree/a?reset=#x');
  });
});
