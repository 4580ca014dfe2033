import { resolve } from 'node:path';

import { expect, type Locator, type Page } from '@playwright/test';

export const ROOT = resolve(__dirname, '../../..');
export const SAMPLE = resolve(ROOT, 'examples/papers/standardisation_2026.pdf');
const SHOTS = resolve(__dirname, '../screenshots');

/** JupyterLab with the panel, as a person meets it. */
export class Lab {
  constructor(readonly page: Page) {}

  /** In a workspace of the test's own, so that no test finds what another left open. */
  async open(workspace: string): Promise<void> {
    await this.page.goto(`lab/workspaces/${workspace}?token=${process.env.P2N_UI_TOKEN}`);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('#jupyterlab-splash').waitFor({ state: 'detached', timeout: 60000 });
    await this.page.locator('.jp-LabShell').waitFor();
  }

  async showSidebar(): Promise<Locator> {
    const tab = this.page.locator('.jp-SideBar [data-id="p2n-sidebar"]');
    if (!(await this.sidebar.isVisible())) {
      await tab.click();
    }
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
    return this.document.getByRole('tab', { name });
  }

  async setTheme(name: string): Promise<void> {
    await this.page.evaluate(async theme => {
      const { jupyterapp } = globalThis as unknown as {
        jupyterapp: { commands: { execute: (id: string, args: object) => Promise<void> } };
      };
      await jupyterapp.commands.execute('apputils:change-theme', { theme });
    }, name);
    await this.page.waitForTimeout(1500);
  }

  /** With the pointer out of the way. */
  async shot(name: string): Promise<void> {
    await this.page.mouse.move(900, 8);
    await this.page.locator('.p2n-mod-loading').waitFor({ state: 'hidden', timeout: 10000 });
    await this.page.screenshot({ path: resolve(SHOTS, `${name}.png`) });
  }
}
