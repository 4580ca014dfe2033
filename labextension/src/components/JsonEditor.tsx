import { type Diagnostic, forceLinting, linter, lintGutter } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { CodeEditor, type IEditorFactoryService } from '@jupyterlab/codeeditor';
import * as React from 'react';

import type { IFault } from '../planCheck';
import { usePanel } from './context';

export interface IJsonEditor {
  /** Brings the place of a fault into sight and the cursor to it. */
  goTo: (fault: IFault) => void;
}

interface IProps {
  label: string;
  text: string;
  readOnly: boolean;
  faults: readonly IFault[];
  onChange: (text: string) => void;
}

/** JSON in JupyterLab's own CodeMirror, faults marked where they stand; a plain field where there is no such editor. */
export const JsonEditor = React.forwardRef<IJsonEditor, IProps>(
  function JsonEditor(props, ref): React.JSX.Element {
    const { editors } = usePanel();
    return editors ? (
      <CodeMirrorJson {...props} ref={ref} editors={editors} />
    ) : (
      <PlainJson {...props} ref={ref} />
    );
  }
);

const CodeMirrorJson = React.forwardRef<IJsonEditor, IProps & { editors: IEditorFactoryService }>(
  function CodeMirrorJson(props, ref): React.JSX.Element {
    const { editors, label, text, readOnly, faults } = props;
    const host = React.useRef<HTMLDivElement>(null);
    const editor = React.useRef<CodeEditor.IEditor | null>(null);
    const view = React.useRef<EditorView | null>(null);
    const newest = React.useRef(props);
    newest.current = props;
    React.useLayoutEffect(() => {
      const model = new CodeEditor.Model({ mimeType: 'application/json' });
      model.sharedModel.setSource(newest.current.text);
      const made = editors.newDocumentEditor({
        host: host.current!,
        model,
        config: { lineNumbers: true, codeFolding: true, lineWrap: true, scrollPastEnd: false },
        extensions: [
          lintGutter(),
          linter(
            opened => {
              view.current = opened;
              return newest.current.faults.map(fault => diagnosticOf(fault, opened));
            },
            { delay: 100 }
          ),
          EditorView.contentAttributes.of({ 'aria-label': label })
        ]
      });
      editor.current = made;
      model.sharedModel.changed.connect(() =>
        newest.current.onChange(model.sharedModel.getSource())
      );
      return () => {
        editor.current = view.current = null;
        made.dispose();
        model.dispose();
      };
    }, [editors, label]);
    React.useEffect(() => {
      const model = editor.current?.model.sharedModel;
      if (model && model.getSource() !== text) {
        model.setSource(text);
      }
    }, [text]);
    React.useEffect(() => editor.current?.setOption('readOnly', readOnly), [readOnly]);
    React.useEffect(() => {
      if (view.current) {
        forceLinting(view.current);
      }
    }, [faults]);
    React.useImperativeHandle(ref, () => ({
      goTo: fault => {
        const made = editor.current;
        if (made) {
          const position = made.getPositionAt(fault.from);
          made.setCursorPosition(position ?? { line: 0, column: 0 });
          made.revealPosition(position ?? { line: 0, column: 0 });
          made.focus();
        }
      }
    }));
    return <div ref={host} className="p2n-JsonEditor" />;
  }
);

function diagnosticOf(fault: IFault, view: EditorView): Diagnostic {
  const { length } = view.state.doc;
  return {
    from: Math.min(fault.from, length),
    to: Math.min(fault.to, length),
    severity: 'error',
    message: fault.where ? `${fault.where}: ${fault.message}` : fault.message
  };
}

const PlainJson = React.forwardRef<IJsonEditor, IProps>(
  function PlainJson(props, ref): React.JSX.Element {
    const field = React.useRef<HTMLTextAreaElement>(null);
    React.useImperativeHandle(ref, () => ({
      goTo: ({ from, to }) => {
        field.current?.focus();
        field.current?.setSelectionRange(from, to);
      }
    }));
    return (
      <textarea
        ref={field}
        className="jp-mod-styled p2n-JsonEditor"
        aria-label={props.label}
        rows={24}
        spellCheck={false}
        value={props.text}
        readOnly={props.readOnly}
        onChange={event => props.onChange(event.target.value)}
      />
    );
  }
);
