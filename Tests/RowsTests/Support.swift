import Rows
import Testing
