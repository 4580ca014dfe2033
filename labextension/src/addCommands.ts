import type { IRouter, JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from './commands';
import { type IPanel, takenFrom } from './components/context';
import { linkedPaper, stepOf, withoutLink } from './deepLink';
import { p2nIcon } from './icons';
import { isPdf, type Source } from './intake';
import type { Step } from './paperSession';
import { problemOf } from './request';
import type { SidebarWidget } from './widgets/sidebar';

interface IOptions {
  app: JupyterFrontEnd;
  palette: ICommandPalette | null;
  router: IRouter | null;
  panel: IPanel;
  sidebar: SidebarWidget;
}

const isNotebook = (path: string) => /\.ipynb$/i.test(path);

export function addCommands({ app, palette, router, panel, sidebar }: IOptions): void {
  const { commands, shell } = app;
  const { workbench, trans, files, openPaper, openRun } = panel;

  /** What goes wrong is told where it can be seen whatever is open. */
  const heard = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (reason) {
      const { message, remediation } = problemOf(reason, trans);
      Notification.error(`${message} ${remediation}`.trim(), { autoClose: false });
    }
  };
  const take = (sources: Source[]) =>
    heard(async () => {
      for (const source of sources) {
        openPaper((await workbench.add(await takenFrom(files, source))).paper.id);
      }
    });
  const chosen = (args: ReadonlyPartialJSONObject, fits: (path: string) => boolean) =>
    (typeof args.path === 'string' ? [args.path] : files.selected()).filter(fits);

  commands.addCommand(CommandIDs.show, {
    label: args =>
      args.isPalette ? trans.__('Show papers and runs') : trans.__('Reproduce a paper'),
    caption: trans.__('Paper in, verdict out: run the experiments of a paper again'),
    icon: p2nIcon,
    execute: () => shell.activateById(sidebar.id)
  });
  commands.addCommand(CommandIDs.openPaper, {
    label: trans.__('Open a paper'),
    icon: p2nIcon,
    isVisible: args => typeof args.paperId === 'string',
    execute: args => {
      const { paperId, step } = ofPaper(args, trans);
      openPaper(paperId, step);
    }
  });
  commands.addCommand(CommandIDs.openRun, {
    label: trans.__('Open a run'),
    icon: p2nIcon,
    isVisible: args => typeof args.runId === 'string',
    execute: args => openRun(given(args, 'runId', trans))
  });
  commands.addCommand(CommandIDs.reproduce, {
    label: trans.__('Reproduce a paper'),
    icon: p2nIcon,
    isVisible: args => typeof args.paperId === 'string',
    execute: async args => {
      const { paperId } = ofPaper(args, trans);
      openPaper(paperId);
      const session = workbench.session(paperId);
      await session.load();
      await session.walk.go();
    }
  });
  commands.addCommand(CommandIDs.reproduceFile, {
    label: trans.__('Reproduce with P2N'),
    caption: trans.__('Takes the PDF in: its claims, a plan, a run and a verdict'),
    icon: p2nIcon,
    isVisible: args => chosen(args, isPdf).length > 0,
    execute: args => take(chosen(args, isPdf).map(path => ({ path })))
  });
  commands.addCommand(CommandIDs.upload, {
    label: trans.__('Upload a paper'),
    icon: p2nIcon,
    execute: () => {
      const input = document.createElement('input');
      input.type = 'file';
      input.accept = 'application/pdf,.pdf';
      input.multiple = true;
      input.onchange = () => void take(Array.from(input.files ?? []));
      input.click();
    }
  });
  commands.addCommand(CommandIDs.addUrl, {
    label: trans.__('Fetch a paper from its address'),
    icon: p2nIcon,
    execute: async args => {
      const url =
        typeof args.url === 'string'
          ? args.url
          : (
              await InputDialog.getText({
                title: trans.__('Fetch a paper'),
                label: trans.__('Address of a PDF'),
                placeholder: trans.__('https://…/paper.pdf'),
                okLabel: trans.__('Fetch')
              })
            ).value;
      await take(url?.trim() ? [url.trim()] : []);
    }
  });
  commands.addCommand(CommandIDs.sample, {
    label: trans.__('Try the sample paper'),
    icon: p2nIcon,
    execute: () => take(['sample'])
  });
  commands.addCommand(CommandIDs.runNotebook, {
    label: trans.__('Run with P2N'),
    caption: trans.__('Runs the notebook in the sandbox; one made from a plan, as that plan’s'),
    icon: p2nIcon,
    isVisible: args => chosen(args, isNotebook).length > 0,
    execute: args =>
      heard(async () => {
        for (const path of chosen(args, isNotebook)) {
          await runNotebook(panel, path);
        }
      })
  });
  if (router) {
    commands.addCommand(CommandIDs.route, {
      label: trans.__('Follow a link to a paper'),
      isVisible: () => false,
      execute: async args => {
        const link = linkedPaper((args as unknown as IRouter.ILocation).search ?? '');
        if (link) {
          // What was open before is brought back first, so that the linked paper ends in front.
          await app.restored;
          openPaper(link.paperId, link.step);
          router.navigate(withoutLink(router.current), { skipRouting: true });
        }
      }
    });
    router.register({ command: CommandIDs.route, pattern: /[?&]p2n=/ });
  }

  const category = 'P2N';
  for (const command of [
    CommandIDs.show,
    CommandIDs.upload,
    CommandIDs.addUrl,
    CommandIDs.sample,
    CommandIDs.reproduceFile,
    CommandIDs.runNotebook
  ]) {
    palette?.addItem({ command, category, args: { isPalette: true } });
  }
}

async function runNotebook(panel: IPanel, path: string): Promise<void> {
  const { workbench, files, openPaper, openRun } = panel;
  const { notebook, origin } = await files.readNotebook(path);
  if (origin) {
    const session = workbench.session(origin.paperId);
    await session.load();
    session.selectPlan(origin.planId);
    openPaper(origin.paperId, 'run');
    await session.runNotebook(notebook);
    return;
  }
  const run = await workbench.api.runNotebook(path, notebook, workbench.settings.budgetMinutes);
  workbench.noteRun(run);
  openRun(run.id);
}

function given(args: ReadonlyPartialJSONObject, name: string, trans: TranslationBundle): string {
  const value = args[name];
  if (typeof value !== 'string') {
    throw new Error(trans.__('This command needs the argument %1.', name));
  }
  return value;
}

function ofPaper(
  args: ReadonlyPartialJSONObject,
  trans: TranslationBundle
): { paperId: string; step?: Step } {
  return { paperId: given(args, 'paperId', trans), step: stepOf(args.step) };
}
