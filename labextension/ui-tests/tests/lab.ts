import { resolve } from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';

import { given } from './server';

export const ROOT = resolve(__dirname, '../../..');
export const SAMPLE = resolve(ROOT, 'examples/papers/standardisation_2026.pdf');
export const SECOND = resolve(ROOT, 'examples/papers/small_models_2026.pdf');
export const THEMES = ['JupyterLab Light', 'JupyterLab Dark'];
const SHOTS = resolve(__dirname, '../screenshots');

interface ILabWindow {
  jupyterapp: {
    restored: Promise<void>;
    commands: {
      execute: (id: string, args: object) => Promise<void>;
      listCommands: () => string[];
    };
  };
}

/** JupyterLab with the panel, as a person meets it. */
export class Lab {
  constructor(readonly page: Page) {
    // Text that became markup would show itself by a dialog of its own making.
    page.on('dialog', dialog => {
      // JupyterLab asks so when a notebook is not saved; who stays would never see the reload that they asked for.
      if (dialog.type() === 'beforeunload') {
        void dialog.accept();
        return;
      }
      this.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  }

  readonly dialogs: string[] = [];

  /** In a workspace of the test's own, so that no test finds what another left open. */
  async open(workspace: string, base = ''): Promise<void> {
    await this.page.goto(`${base}lab/workspaces/${workspace}?token=${given('P2N_UI_TOKEN')}`);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('#jupyterlab-splash').waitFor({ state: 'detached', timeout: 180000 });
    await this.page.locator('.jp-LabShell').waitFor();
    // What was open before comes back first; it would close what the test opens.
    await this.page.evaluate(() => (globalThis as unknown as ILabWindow).jupyterapp.restored);
  }

  async showSidebar(): Promise<Locator> {
    await this.execute('p2n:show');
    await expect(this.sidebar).toBeVisible();
    return this.sidebar;
  }

  get sidebar(): Locator {
    return this.page.locator('#p2n-sidebar');
  }

  get document(): Locator {
    return this.page.locator('.p2n-Document:visible');
  }

  step(name: string): Locator {
    return this.document
      .getByRole('tab', { name, exact: false })
      .and(this.page.locator('.p2n-Stepper-step'));
  }

  button(name: string): Locator {
    return this.document.getByRole('button', { name, exact: true });
  }

  /** The dialog of JupyterLab that asks for a decision. */
  get dialog(): Locator {
    return this.page.locator('.jp-Dialog');
  }

  async execute(command: string, args: object = {}): Promise<void> {
    await this.page.evaluate(
      async ([id, given]) => {
        const { jupyterapp } = globalThis as unknown as ILabWindow;
        await jupyterapp.commands.execute(id as string, given as object);
      },
      [command, args] as const
    );
  }

  async commands(): Promise<string[]> {
    return this.page.evaluate(() =>
      (globalThis as unknown as ILabWindow).jupyterapp.commands
        .listCommands()
        .filter(id => id.startsWith('p2n:'))
        .sort()
    );
  }

  async setTheme(name: string): Promise<void> {
    await this.execute('apputils:change-theme', { theme: name });
    await expect(this.page.locator('body')).toHaveAttribute('data-jp-theme-name', name);
    await this.settled();
  }

  /** Until nothing fades or slides any more: colours in between would be judged as if they stayed. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const frame = () => new Promise(done => requestAnimationFrame(done));
      await frame();
      await frame();
      const finite = document
        .getAnimations()
        .filter(animation => animation.effect?.getComputedTiming().iterations !== Infinity);
      await Promise.all(finite.map(({ finished }) => finished.catch(() => undefined)));
    });
  }

  /** Tab after Tab until the focus is there, as somebody without a mouse does; a path that is too long fails. */
  async tabTo(target: Locator, most = 60): Promise<void> {
    await expect(target).toBeVisible();
    for (let presses = 0; presses < most; presses += 1) {
      if (await target.evaluate(node => node === document.activeElement)) {
        return;
      }
      await this.page.keyboard.press('Tab');
    }
    const where = await this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    throw new Error(`${most} presses of Tab led to ${where} and not to ${String(target)}`);
  }

  /** What axe finds serious or critical in what is shown, in a line each. */
  async hurdles(where: string): Promise<string[]> {
    await this.settled();
    const axe = new AxeBuilder({ page: this.page }).include('#p2n-sidebar');
    if (await this.document.count()) {
      axe.include('.p2n-Document');
    }
    const { violations } = await axe.analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(
          ({ html, failureSummary }) => `${where}: ${id}: ${html.slice(0, 160)} ${failureSummary}`
        )
      );
  }

  /** All lines of the log that is shown: it is scrolled through, as only those in view are in the DOM. */
  async logLines(): Promise<string[]> {
    return this.document.getByRole('log', { name: 'Lines of the run' }).evaluate(async view => {
      const lines = new Map<number, string>();
      const take = () => {
        for (const line of view.querySelectorAll('.p2n-Log-line')) {
          const [number, , text] = Array.from(line.children, node => node.textContent ?? '');
          lines.set(Number(number), text);
        }
      };
      const frame = () => new Promise(done => requestAnimationFrame(done));
      for (let top = 0; ; top += view.clientHeight / 2) {
        view.scrollTop = top;
        await frame();
        await frame();
        take();
        if (top + view.clientHeight >= view.scrollHeight) {
          break;
        }
      }
      return [...lines].sort(([one], [other]) => one - other).map(([, text]) => text);
    });
  }

  /** With the pointer out of the way. */
  async shot(name: string): Promise<void> {
    await this.page.mouse.move(900, 8);
    await this.page.locator('.p2n-mod-loading').waitFor({ state: 'hidden', timeout: 30000 });
    await this.settled();
    await this.page.screenshot({ path: resolve(SHOTS, `${name}.png`) });
  }
}
