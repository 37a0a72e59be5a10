"""What ``/api/v1`` offers, as an OpenAPI document; a test holds it against what is answered."""

from __future__ import annotations

from typing import Any, Final

Document = dict[str, Any]

_AUTHORITY: Final[Document] = {
    "name": "authority",
    "in": "query",
    "description": "主管单位的六位区划代码；不给则为全部主管单位。",
    "schema": {"type": "string", "pattern": "^[0-9]{6}$"},
}
_NAMED: Final[Document] = {
    "type": "object",
    "required": ["code", "name"],
    "properties": {"code": {"type": "string"}, "name": {"type": "string"}},
    "additionalProperties": False,
}


def _text(description: str, **more: Any) -> Document:
    return {"type": "string", "description": description, **more}


def _count(description: str) -> Document:
    return {"type": "integer", "minimum": 0, "description": description}


def _object(properties: Document) -> Document:
    return {
        "type": "object",
        "required": sorted(properties),
        "properties": properties,
        "additionalProperties": False,
    }


SCHEMAS: Final[Document] = {
    "Authority": _NAMED,
    "Filing": _object(
        {
            "number": _text("备案号（本系统编发）"),
            "product": _text("项目名称"),
            "product_number": _text("产品备案号（外部），没有登记时为空"),
            "kind": _text("类型"),
            "levels": {"type": "array", "items": {"type": "string"}, "description": "使用学段"},
            "school": _text("学校名称"),
            "authority": {"$ref": "#/components/schemas/Authority"},
            "registered_on": _text("备案日期", format="date"),
            "valid_until": {
                "type": ["string", "null"], "format": "date", "description": "有效期至",
            },
            "status": _text("状态的代码，例如 registered"),
            "status_name": _text("状态，例如 已备案"),
        }
    ),
    "FilingPage": _object(
        {
            "filings": {"type": "array", "items": {"$ref": "#/components/schemas/Filing"}},
            "next": {
                "type": ["string", "null"],
                "description": "下一页的游标，作为 after 传回；没有更多时为 null。",
            },
        }
    ),
    "Figures": _object(
        {
            "authority": {"$ref": "#/components/schemas/Authority"},
            "received": _count("新收（校长签署）"),
            "registered": _count("已备案"),
            "rejected": _count("不予通过"),
            "returned": _count("退回补正的件数"),
            "returned_of_ended": _count("办结的件中曾退回补正的件数"),
            "mean_working_days": {
                "type": ["number", "null"], "description": "签署到备案的平均工作日",
            },
            "median_working_days": {
                "type": ["number", "null"], "description": "签署到备案的中位工作日",
            },
            "standing": {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "目前各环节的件数（不含学校尚未签署的）",
            },
        }
    ),
    "Statistics": _object(
        {
            "from": _text("起始日期（含）", format="date"),
            "to": _text("截止日期（含）", format="date"),
            "statistics": {"type": "array", "items": {"$ref": "#/components/schemas/Figures"}},
        }
    ),
    "Error": _object({"error": _text("一句话说明")}),
}  # fmt: skip


def _answers(schema: str) -> Document:
    def answer(of: str, description: str) -> Document:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{of}"}}}
        return {"description": description, "content": content}

    return {
        "200": answer(schema, "好"),
        "304": {"description": "与 If-None-Match 所给的相同"},
        "400": answer("Error", "参数不对"),
        "401": answer("Error", "缺少令牌或令牌不对"),
        "503": answer("Error", "暂时读不了，请稍后再试"),
    }


def _day(name: str, description: str) -> Document:
    return {
        "name": name, "in": "query", "required": True, "description": description,
        "schema": {"type": "string", "format": "date"},
    }  # fmt: skip


MOST: Final = 200
USUAL: Final = 100

DOCUMENT: Final[Document] = {
    "openapi": "3.1.0",
    "info": {
        "title": "进校园备案助手",
        "version": "1",
        "description": (
            "只读接口，供省、市数据平台取用备案登记和统计。不含任何个人信息：没有姓名、手机号，"
            "没有未签署的草稿。版本在路径里，v1 只增不改。"
        ),
    },
    "security": [{"token": []}],
    "paths": {
        "/api/v1/filings": {
            "get": {
                "operationId": "listFilings",
                "summary": "登记簿：已发备案号的备案",
                "parameters": [
                    _AUTHORITY,
                    {
                        "name": "after",
                        "in": "query",
                        "description": "上一页答复中的 next。",
                        "schema": {"type": "string"},
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {
                            "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL,
                        },
                    },
                ],
                "responses": _answers("FilingPage"),
            }
        },
        "/api/v1/statistics": {
            "get": {
                "operationId": "getStatistics",
                "summary": "各主管单位的统计",
                "parameters": [
                    _AUTHORITY,
                    _day("from", "起始日期（含）"),
                    _day("to", "截止日期（含），与起始日期相距不超过三年"),
                ],
                "responses": _answers("Statistics"),
            }
        },
        "/api/v1/openapi.json": {
            "get": {
                "operationId": "getDocument",
                "summary": "本说明",
                "security": [],
                "responses": {
                    "200": {
                        "description": "好",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "304": {"description": "与 If-None-Match 所给的相同"},
                },
            }
        },
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}  # fmt: skip
