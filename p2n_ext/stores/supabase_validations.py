"""Determinism validations at Supabase: one a run at a time, and an end that is never left."""

from __future__ import annotations

from p2n_schemas.determinism import DeterminismValidation, ValidationStatus

from .supabase_connection import SupabaseConnection

_VALIDATIONS = "p2n_validations"
_LIVE = ValidationStatus.RUNNING.value


class ValidationRows(SupabaseConnection):
    async def open_validation(self, validation: DeterminismValidation) -> DeterminismValidation | None:
        body = await self.write(
            "open_validation",
            id=validation.id,
            run_id=validation.run_id,
            status=validation.status.value,
            created_at=validation.created_at.isoformat(),
            body=validation.model_dump_json(),
        )
        return None if body is None else DeterminismValidation.model_validate_json(body)

    async def get_validation(self, validation_id: str) -> DeterminismValidation | None:
        body = await self.body(_VALIDATIONS, "id", validation_id)
        return None if body is None else DeterminismValidation.model_validate_json(body)

    async def latest_validation(self, run_id: str) -> DeterminismValidation | None:
        bodies = await self.bodies(
            _VALIDATIONS,
            (("created_at", True), ("id", True)),
            narrow=lambda query: query.eq("run_id", run_id),
            limit=1,
        )
        return DeterminismValidation.model_validate_json(bodies[0]) if bodies else None

    async def live_validations(self) -> list[DeterminismValidation]:
        bodies = await self.bodies(
            _VALIDATIONS,
            (("created_at", False), ("id", False)),
            narrow=lambda query: query.eq("status", _LIVE),
        )
        return [DeterminismValidation.model_validate_json(body) for body in bodies]

    async def keep_validation(self, validation: DeterminismValidation) -> bool:
        kept = await self.write(
            "keep_validation",
            id=validation.id,
            status=validation.status.value,
            body=validation.model_dump_json(),
        )
        return bool(kept)
