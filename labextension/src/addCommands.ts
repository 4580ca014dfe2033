import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from './commands';
import type { IPanel } from './components/context';
import { p2nIcon } from './icons';
import { type Step, STEPS } from './paperSession';
import { problemOf } from './request';
import type { SidebarWidget } from './widgets/sidebar';

interface IOptions {
  app: JupyterFrontEnd;
  palette: ICommandPalette | null;
  panel: IPanel;
  sidebar: SidebarWidget;
}

export function addCommands({ app, palette, panel, sidebar }: IOptions): void {
  const { commands, shell } = app;
  const { workbench, trans, openPaper } = panel;

  const take = async (sources: (File | string)[]) => {
    try {
      for (const source of sources) {
        openPaper((await workbench.add(source)).paper.id);
      }
    } catch (reason) {
      const { message, remediation } = problemOf(reason);
      Notification.error(`${message} ${remediation}`.trim());
    }
  };

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
      const { paperId, step } = ofPaper(args);
      openPaper(paperId, step);
    }
  });
  commands.addCommand(CommandIDs.reproduce, {
    label: trans.__('Reproduce a paper'),
    icon: p2nIcon,
    isVisible: args => typeof args.paperId === 'string',
    execute: async args => {
      const { paperId } = ofPaper(args);
      openPaper(paperId);
      const session = workbench.session(paperId);
      await session.load();
      await session.walk.go();
    }
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
  commands.addCommand(CommandIDs.sample, {
    label: trans.__('Try the sample paper'),
    icon: p2nIcon,
    execute: () => take(['sample'])
  });

  const category = 'P2N';
  for (const command of [CommandIDs.show, CommandIDs.upload, CommandIDs.sample]) {
    palette?.addItem({ command, category, args: { isPalette: true } });
  }
}

function ofPaper(args: ReadonlyPartialJSONObject): { paperId: string; step?: Step } {
  if (typeof args.paperId !== 'string') {
    throw new Error('This command needs the argument paperId.');
  }
  const step = STEPS.find(name => name === args.step);
  return { paperId: args.paperId, step };
}
