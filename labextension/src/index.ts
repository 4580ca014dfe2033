import {
  ILayoutRestorer,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  IThemeManager,
  showDialog,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from './api';
import { addCommands } from './addCommands';
import { CommandIDs } from './commands';
import { Charts } from './charts';
import type { IPanel } from './components/context';
import { announceEnds } from './notices';
import type { Step } from './paperSession';
import { UserFiles } from './userFiles';
import { PaperDocument } from './widgets/document';
import { NotebookRunDocument } from './widgets/notebookRun';
import { SidebarWidget } from './widgets/sidebar';
import { Workbench } from './workbench';

const PLUGIN = 'p2n:plugin';

/** Sidebar, documents and commands. */
const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Papers, runs and reports of P2N.',
  autoStart: true,
  optional: [
    ILayoutRestorer,
    ICommandPalette,
    ISettingRegistry,
    ITranslator,
    IRouter,
    IFileBrowserFactory,
    IDocumentManager,
    IEditorServices,
    IStateDB,
    IRenderMimeRegistry,
    IThemeManager
  ],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null,
    router: IRouter | null,
    browser: IFileBrowserFactory | null,
    documents: IDocumentManager | null,
    editors: IEditorServices | null,
    state: IStateDB | null,
    rendermime: IRenderMimeRegistry | null,
    themes: IThemeManager | null
  ) => {
    const trans = (translator ?? nullTranslator).load('p2n');
    const workbench = new Workbench(new Api(app.serviceManager.serverSettings, trans));
    const tracker = new WidgetTracker<PaperDocument>({ namespace: 'p2n-papers' });
    const runs = new WidgetTracker<NotebookRunDocument>({ namespace: 'p2n-runs' });

    const openPaper = (paperId: string, step?: Step): void => {
      const session = workbench.session(paperId);
      let widget = tracker.find(other => other.session === session);
      if (!widget) {
        const opened = new PaperDocument(panel, session);
        widget = opened;
        void tracker.add(opened);
        // The step that is looked at is brought back by a reload too.
        opened.stepChanged.connect(() => void tracker.save(opened));
        app.shell.add(widget, 'main');
      }
      if (step) {
        session.show(step);
      }
      void session.load();
      app.shell.activateById(widget.id);
    };
    const openRun = (runId: string): void => {
      const session = workbench.notebookRun(runId);
      let widget = runs.find(other => other.session === session);
      if (!widget) {
        widget = new NotebookRunDocument(panel, session);
        void runs.add(widget);
        app.shell.add(widget, 'main');
      }
      app.shell.activateById(widget.id);
    };
    const panel: IPanel = {
      workbench,
      trans,
      files: new UserFiles({
        contents: app.serviceManager.contents,
        documents,
        browser,
        state,
        trans
      }),
      editors: editors?.factoryService ?? null,
      charts: rendermime && new Charts(rendermime, themes),
      openPaper,
      openRun,
      confirm: async (title, body, accept) => {
        const { button } = await showDialog({
          title,
          body,
          buttons: [
            Dialog.cancelButton({ label: trans.__('Keep it') }),
            Dialog.warnButton({ label: accept })
          ]
        });
        return button.accept;
      }
    };

    const sidebar = new SidebarWidget(panel);
    app.shell.add(sidebar, 'left', { rank: 350 });
    workbench.removed.connect((_, paperId) => {
      tracker.find(widget => widget.session.paperId === paperId)?.dispose();
    });
    announceEnds(panel);
    addCommands({ app, palette, router, panel, sidebar });
    if (restorer) {
      restorer.add(sidebar, sidebar.id);
      void restorer.restore(tracker, {
        command: CommandIDs.openPaper,
        args: widget => ({ paperId: widget.session.paperId, step: widget.session.step }),
        name: widget => widget.session.paperId
      });
      void restorer.restore(runs, {
        command: CommandIDs.openRun,
        args: widget => ({ runId: widget.session.runId }),
        name: widget => widget.session.runId ?? ''
      });
    }
    void settings?.load(PLUGIN).then(loaded => {
      const take = () => {
        workbench.settings = {
          budgetMinutes: loaded.composite.budgetMinutes as number,
          logLines: loaded.composite.logLines as number
        };
      };
      take();
      loaded.changed.connect(take);
    });
    void app.restored.then(() => workbench.start());
  }
};

/** A card in the Launcher. */
const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: 'p2n:launcher',
  description: 'The Launcher card of P2N.',
  autoStart: true,
  requires: [ILauncher],
  activate: (_app: JupyterFrontEnd, launcher: ILauncher) => {
    launcher.add({ command: CommandIDs.show, category: 'Other', rank: 1 });
  }
};

export default [panelPlugin, launcherPlugin];
